// `make contract-check`: the official AsyncAPI parser over a document. Exit 1 where it finds an error.
import { createRequire } from "node:module";

const [, , modules, document] = process.argv;
const { Parser, fromFile } = createRequire(`${modules}/`)("@asyncapi/parser");
const ERROR = 0;

const { diagnostics } = await fromFile(new Parser(), document).parse();
const errors = diagnostics.filter((each) => each.severity === ERROR);
for (const each of errors) console.error(`${each.path.join(".")}: ${each.message}`);
console.log(`${document}: ${errors.length} errors`);
process.exit(errors.length ? 1 : 0);
