/** Stub until the wire room is built: the signatures are final, the bodies are not. */
export type Framing = "sse";

/** One event of a stream, read. */
export interface Frame {
	event?: string;
	data: string;
}

/** `bytes`: whole frames, terminator included, as they came; `frame`: frames read (those without data are skipped). */
export type FrameSink =
	| { bytes(frame: Buffer): void }
	| { frame(frame: Frame): void };

export interface Framer {
	push(chunk: Buffer): void;
	/** Hands out an unfinished tail as a last frame. */
	end(): void;
}

/** Cuts a byte stream into frames. Throws FieldError when one frame grows over `maxFrame` bytes. */
export function framer(
	framing: Framing,
	maxFrame: number,
	sink: FrameSink,
): Framer {
	throw new Error(`not built: ${framing} ${maxFrame} ${String(sink)}`);
}

/** Reads the bytes of one frame; undefined when it has no data (comments, empty). */
export function readFrame(bytes: Buffer): Frame | undefined {
	throw new Error(`not built: ${bytes.length}`);
}
