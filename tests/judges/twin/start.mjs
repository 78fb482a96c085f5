// discord-digital-twin on loopback, driven by lines of JSON on stdin and answering by lines on stdout.
//
// First line in: {token, application, guilds: [{id, name, channels: [{id, name}]}], users: [{id, name, bot}]}
// First line out: {port}. Then: in {id, do, with}, out {id, ok} or {id, error}; and {call: "POST /api/v10/… 204",
// files: [{name, text}]} after every REST call that was answered. It ends with its stdin.

import net from 'node:net'
import readline from 'node:readline'
import { Readable } from 'node:stream'
import { DigitalDiscord } from 'discord-digital-twin'

// the twin listens on all interfaces
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, typeof port === 'number' ? { port, host: '127.0.0.1' } : port, ...rest)
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const setup = JSON.parse((await lines.next()).value)

const twin = new DigitalDiscord({
  botToken: setup.token,
  botUser: { id: setup.application, username: 'podwhy' },
  // the in-memory database is shared by all twins of a process: there is one
  users: setup.users.map((user) => ({ id: user.id, username: user.name, bot: user.bot })),
  guilds: setup.guilds.map((guild) => ({
    id: guild.id,
    name: guild.name,
    channels: guild.channels.map((channel) => ({ ...channel, type: 0 })),
  })),
})
await twin.start()

// it has /gateway/bot only, serenity asks for /gateway; and it reads no forms: it is given their JSON, we are told their files
const server = twin.server.httpServer
const [own] = server.listeners('request')
server.removeAllListeners('request')
server.on('request', async (request, response) => {
  const files = []
  response.on('finish', () => say({ call: `${request.method} ${request.url} ${response.statusCode}`, files }))
  if (request.method === 'GET' && request.url === '/api/v10/gateway') {
    response.writeHead(200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify({ url: twin.gatewayUrl }))
  }
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return own(request, response)
  const form = await new Response(Readable.toWeb(request), { headers: { 'content-type': type } }).formData()
  for (const [name, file] of form) {
    if (name !== 'payload_json') files.push({ name: file.name, text: await file.text() })
  }
  const { method, url, headers } = request
  const plain = { ...headers, 'content-type': 'application/json' }
  delete plain['content-length']
  const rawHeaders = Object.entries(plain).flat()
  const body = Readable.from([Buffer.from(form.get('payload_json') ?? '{}')])
  own(Object.assign(body, { method, url, headers: plain, rawHeaders }), response)
})

const guildOf = async (id) => (await twin.channel(id).getChannel())?.guild_id
const commandOf = async (type, fits) => {
  const known = await twin.prisma.applicationCommand.findMany({ where: { type } })
  const command = known.find((command) => fits(command, JSON.parse(command.options ?? '[]')))
  if (!command) throw new Error(`no such command among ${known.map((command) => command.name)}`)
  return command
}
const withSub = (sub) => (_, options) => options.some((option) => option.type === 1 && option.name === sub)
const interact = async (type, { user, channel, message }, data) =>
  (await twin.simulateInteraction({
    type, channelId: channel, userId: user, guildId: await guildOf(channel), messageId: message, data,
  })).id
const command = async (type, { sub, options, ...place }) => {
  const { id, name } = await commandOf(1, withSub(sub))
  return interact(type, place, { id, name, type: 1, options: [{ name: sub, type: 1, options }] })
}

const deeds = {
  slash: (what) => command(2, what),
  autocomplete: (what) => command(4, what),
  async menu({ user, channel, message }) {
    const { id, name } = await commandOf(3, () => true)
    const known = (await twin.channel(channel).getMessages()).find((known) => known.id === message)
    const resolved = { messages: { [message]: known } }
    return interact(2, { user, channel }, { id, name, type: 3, target_id: message, resolved })
  },
  click: ({ id, ...place }) => interact(3, place, { custom_id: id, component_type: 2 }),
  post: async ({ user, channel, content, embeds }) =>
    (await twin.channel(channel).user(user).sendMessage({ content, embeds })).id,
  answer: ({ interaction }) => twin.channel('').getInteractionResponse(interaction),
  messages: ({ channel }) => twin.channel(channel).getMessages(),
  threads: ({ channel }) => twin.channel(channel).getThreads(),
  commands: () => twin.prisma.applicationCommand.findMany(),
}

say({ port: twin.port })
for await (const line of lines) {
  const { id, do: deed, with: what } = JSON.parse(line)
  try {
    say({ id, ok: (await deeds[deed](what)) ?? null })
  } catch (error) {
    say({ id, error: String(error?.message ?? error) })
  }
}
process.exit(0)
