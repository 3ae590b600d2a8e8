'use strict'
// npm run bench: nanoseconds of a call and of a row, hot, at n = 384 and 4096. Medians of rounds that take turns.
const os = require('node:os')
const q2 = require('./lib/index.js')
const native = require('./lib/native.js')

const rounds = 15, roundNs = 2e7, batch = 1000

function gaussian(length) {
  const pair = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  return Float32Array.from({ length }, pair)
}

function time(call, times) {
  const began = process.hrtime.bigint()
  for (let i = 0; i < times; i++) call()
  return Number(process.hrtime.bigint() - began) / times
}

/** Medians, with the least and the greatest, of calls measured by turns. */
function measure(calls) {
  const times = calls.map(({ call }) => Math.max(1, Math.round(roundNs / time(call, 50))))
  const samples = calls.map(() => [])
  for (let round = -2; round < rounds; round++) {
    calls.forEach(({ call, rows = 1 }, i) => {
      const sample = time(call, times[i]) / rows
      if (round >= 0) samples[i].push(sample)
    })
  }
  return samples.map(s => s.sort((a, b) => a - b)).map(s => [s[rounds >> 1], s[0], s[rounds - 1]])
}

function calls(n) {
  const row = gaussian(n), rows = gaussian(batch * n), codes = q2.quantiseRows(rows, { n }).packed
  const out = new Uint8Array(n / 4), all = new Uint8Array(batch * n / 4), query = codes.subarray(0, n / 4), distances = new Uint32Array(batch)
  const intoOut = { out }, intoAll = { n, out: all }, intoDistances = { n, out: distances }
  return [
    { name: 'the bridge alone: quantise in C, arguments checked in C', call: () => native.quantise(row, 1, n, 0, out, true) },
    { name: 'quantise(row, { out })', call: () => q2.quantise(row, intoOut) },
    { name: 'quantise(row)', call: () => q2.quantise(row) },
    { name: `quantiseRows, ${batch} rows, a row`, call: () => q2.quantiseRows(rows, intoAll), rows: batch },
    { name: 'leeDistance(a, b)', call: () => q2.leeDistance(query, out) },
    { name: `leeDistances, ${batch} codes, a code`, call: () => q2.leeDistances(query, codes, intoDistances), rows: batch },
    { name: `nearest 10 of ${batch}, a code`, call: () => q2.nearest(query, codes, 10), rows: batch },
  ]
}

console.log(`${os.cpus()[0].model}, Node.js ${process.version}, libq2 ${q2.version} (${q2.isa()}); ns, median (least to greatest) of ${rounds} rounds`)
for (const n of [384, 4096]) {
  const list = calls(n)
  measure(list).forEach(([median, least, greatest], i) =>
    console.log(`n = ${String(n).padEnd(5)} ${list[i].name.padEnd(58)} ${median.toFixed(1).padStart(8)}  (${least.toFixed(1)} to ${greatest.toFixed(1)})`))
}
