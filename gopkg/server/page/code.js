// Codes and keys: what their bits say.

const values = [0, 1, 3, 2]; // of the Gray code's two bits: A 00, B 01, D 10, C 11

/** The symbols of a packed code in base64, 0 to 3 for A to D. */
export function unpack(base64, n) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return Uint8Array.from({ length: n }, (_, d) => values[(bytes[d >> 2] >> (6 - 2 * (d & 3))) & 3]);
}

export function count(symbols) {
  const counts = [0, 0, 0, 0];
  for (const s of symbols) counts[s]++;
  return counts;
}

/** Lee and L1 distance, and how many dimensions differ. */
export function distances(a, b) {
  let lee = 0, l1 = 0, differ = 0;
  a.forEach((x, d) => {
    const apart = Math.abs(x - b[d]);
    l1 += apart;
    lee += Math.min(apart, 4 - apart);
    differ += apart > 0 ? 1 : 0;
  });
  return { lee, l1, differ };
}

/** A key in its three writings. */
export function writings(fingerprint) {
  const genes = { A: 'G', B: 'A', C: 'C', D: 'T' };
  return { symbols: fingerprint.symbols, genes: fingerprint.symbols.replace(/[A-D]/g, (s) => genes[s]), hex: fingerprint.key };
}
