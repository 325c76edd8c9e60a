const firstSize = 4096;

/** Bytes that are written one after the other. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafeSlow(firstSize);
  length = 0;

  /** What was written since {@link clear}; valid until something is written again. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.#room(1);
    this.#buffer[this.length] = value;
    this.length += 1;
  }

  /** A whole number from 0 to 2^53 - 1, seven bits a byte. */
  whole(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  double(value: number): void {
    this.#room(8);
    this.length = this.#buffer.writeDoubleLE(value, this.length);
  }

  text(text: string, encoding: 'utf8' | 'utf16le'): void {
    const bytes = Buffer.byteLength(text, encoding);
    this.whole(bytes);
    this.#room(bytes);
    this.length += this.#buffer.write(text, this.length, encoding);
  }

  /** Pairs of hexadecimal digits. */
  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.length += this.#buffer.write(digits, this.length, 'hex');
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.length + bytes));
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}

/** Reads what a {@link ByteWriter} has written. */
export class ByteReader {
  #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  byte(): number {
    const value = this.#buffer[this.#at] ?? 0;
    this.#at += 1;
    return value;
  }

  whole(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const next = this.byte();
      value += (next & 0x7f) * factor;
      if (next < 0x80) return value;
    }
  }

  double(): number {
    const value = this.#buffer.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(encoding: 'utf8' | 'utf16le'): string {
    const bytes = this.whole();
    this.#at += bytes;
    return this.#buffer.toString(encoding, this.#at - bytes, this.#at);
  }

  hex(bytes: number): string {
    this.#at += bytes;
    return this.#buffer.toString('hex', this.#at - bytes, this.#at);
  }
}
