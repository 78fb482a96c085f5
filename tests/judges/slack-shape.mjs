// Slack's own TypeScript types, as a JSON Schema, on every block: each key, each type, each word.
//
// Types know no lengths: slack_limits.py and adapters/slack/tests/render/valid.rs ask for these.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { createGenerator } from "ts-json-schema-generator";

const here = dirname(fileURLToPath(import.meta.url));
const types = join(here, "blocks.ts");
writeFileSync(
  types,
  'import type { HomeView, KnownBlock } from "@slack/types";\nexport type Blocks = KnownBlock[];\nexport type Home = HomeView;\n',
);
const tsconfig = join(here, "tsconfig.json");
writeFileSync(
  tsconfig,
  JSON.stringify({
    compilerOptions: { module: "nodenext", moduleResolution: "nodenext", strict: true, skipLibCheck: true },
    files: ["blocks.ts"],
  }),
);

const compiled = (type) => {
  const schema = createGenerator({ path: types, tsconfig, type, additionalProperties: false }).createSchema(type);
  return new Ajv({ allErrors: false, strict: false }).compile(schema);
};
const isBlocks = compiled("Blocks");
const isHome = compiled("Home");

// a judge that refuses nothing is none
for (const wrong of [[{ type: "rich_text" }], [{ type: "divider", colour: "red" }], [{ type: "nonsense" }]]) {
  if (isBlocks(wrong)) throw new Error(`the judge takes ${JSON.stringify(wrong)}`);
}

const folder = process.argv[2];
const names = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
let found = 0;
for (const name of names) {
  const message = JSON.parse(readFileSync(join(folder, name), "utf8"));
  const [judge, value] = message.type === "home" ? [isHome, message] : [isBlocks, message.blocks];
  if (!judge(value)) {
    found += 1;
    console.log(`${name}: ${JSON.stringify(judge.errors[0])}`);
  }
}
console.log(`@slack/types: ${names.length} messages, ${found} faults`);
process.exit(found > 0 || names.length === 0 ? 1 : 0);
