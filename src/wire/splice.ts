import type { JsonMap } from "./json.ts";
import type { Members } from "./members.ts";

/** By path: `model`, `options.num_ctx`, `tools[*].strict`, `messages[0].name`. Applied in the order rename, drop, set. */
export interface Edits {
	set?: JsonMap;
	drop?: readonly string[];
	/** When the target is present already it wins and the source is dropped. Top level only. */
	rename?: Readonly<Record<string, string>>;
}

/** The body with edits; all other bytes are kept. An edit below the top level parses that one member and puts it back. */
export function splice(body: Members, edits: Edits): Buffer {
	throw new Error(
		`not built: ${body.names.length} ${Object.keys(edits).length}`,
	);
}

/** The same edits on a parsed body, which is changed and returned. */
export function edit(body: JsonMap, edits: Edits): JsonMap {
	throw new Error(
		`not built: ${Object.keys(edits).length} ${Object.keys(body).length}`,
	);
}
