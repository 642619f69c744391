/**
 * HTTP in. The only room that knows requests and responses: guard, routes, the life of a call, native pass-through.
 */
import type { Config, Entry } from "../hub/index.ts";

/** Where the server tells what happens; the terminal gives one. All texts are redacted already. */
export interface Sink {
	/** A finished call. */
	call(entry: Entry): void;
	/** Something worth a line. `debug` notes are only made when `debug` is true. */
	note(level: "debug" | "info" | "warn" | "error", text: string): void;
	readonly debug: boolean;
	/** Bodies too (`--detailed_debug`). */
	readonly bodies: boolean;
}

export interface Proxy {
	/** Resolves when the sockets listen; rejects with the socket's error (`EADDRINUSE`). */
	listen(): Promise<{ port: number; hosts: readonly string[] }>;
	/** Stops accepting, waits for running answers at most `config.drainMs`, then ends them with an error. */
	close(): Promise<void>;
}

export function createProxy(config: Config, sink: Sink): Proxy {
	throw new Error(`not built: ${config.port} ${sink.debug}`);
}
