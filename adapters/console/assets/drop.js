// Files and folders, dropped on the window or chosen, become a dump that can be asked.
import * as api from './api.js';
import { $ } from './dom.js';
import { askFiles } from './chat.js';
import { addDump } from './source.js';

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

const asFile = (entry) => new Promise((done, failed) => {
  entry.file(done, () => failed(new api.Problem('dump_unreadable', { vars: { name: entry.name } })));
});

const batch = (reader, entry) => new Promise((done, failed) => {
  reader.readEntries(done, () => failed(new api.Problem('dump_unreadable', { vars: { name: entry.name } })));
});

/** Folders are read to the bottom; paths stay relative to what was dropped. */
async function walk(entry, found, progress) {
  if (entry.isFile) {
    found.push({ file: await asFile(entry), path: entry.fullPath.replace(/^\/+/, '') });
    if (found.length % 50 === 0) progress('dump_reading', { n: found.length });
    return;
  }
  const reader = entry.createReader();
  // A folder comes in batches of a hundred; only an empty batch is the end.
  for (let entries = await batch(reader, entry); entries.length > 0; entries = await batch(reader, entry)) {
    for (const each of entries) await walk(each, found, progress);
  }
}

async function send(files, signal, progress) {
  if (files.length === 0) throw new api.Problem('dump_empty');
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  progress('dump_sending', { n: files.length, size: size(bytes) });
  return api.dump(files, signal);
}

async function upload(name, gather) {
  const reply = await askFiles(name, ['dump_reading', { n: 0 }], async (signal, progress) => (
    send(await gather(progress), signal, progress)));
  if (reply) addDump(reply.source, reply.name);
}

function dropped(transfer) {
  // The list is emptied as soon as the event is over: everything is taken out of it now.
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = [...transfer.files].map((file) => ({ file, path: file.name }));
  const name = (entries[0] ?? transfer.files[0])?.name ?? '';
  upload(name, async (progress) => {
    if (entries.length === 0) return loose;
    const found = [];
    for (const entry of entries) await walk(entry, found, progress);
    return found;
  });
}

function chosen(event) {
  const files = [...event.target.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  // Emptied, or the same folder chosen again would not be an event.
  event.target.value = '';
  if (files.length > 0) upload(files[0].path.split('/')[0], async () => files);
}

export function startDrop() {
  const overlay = $('drop');
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  const over = (shown) => { overlay.hidden = !shown; };
  addEventListener('dragenter', (event) => { if (carriesFiles(event)) { event.preventDefault(); over(true); } });
  addEventListener('dragover', (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener('dragleave', (event) => { if (event.relatedTarget === null) over(false); });
  addEventListener('drop', (event) => {
    over(false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dropped(event.dataTransfer);
  });
  $('files').addEventListener('change', chosen);
  $('folder').addEventListener('change', chosen);
  $('open-files').addEventListener('click', () => $('files').click());
  $('open-folder').addEventListener('click', () => $('folder').click());
}
