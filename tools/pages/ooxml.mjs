// Holds Word files and workbooks against the schema of Office Open XML, as Office
// 2019 reads it: node ooxml.mjs FILE… Exits with 1 and the faults
// of each file when there are any.
import {readFile} from "node:fs/promises";
import validate, {getFileFormatFromName} from "@ooxml-tools/validate";

let faults = 0;
for (const file of process.argv.slice(2)) {
	const content = new Uint8Array(await readFile(file));
	for (const fault of await validate(content, getFileFormatFromName(file), "Office2019")) {
		faults++;
		console.error(`${file}: ${fault.description} at ${fault.path?.partUri}${fault.path?.xpath}`);
	}
}
process.exit(faults > 0 ? 1 : 0);
