'use strict'
// Every ranking of testdata/golden-search: each pair, one query and all codes, the nearest of one query and of two.
const { test } = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const q2 = require('../lib/index.js')
const { isas } = require('./golden.js')

const rankings = [
  { one: q2.leeDistance, all: q2.leeDistances, nearest: q2.nearest, many: q2.nearestMany, Results: Uint32Array, label: 'distance' },
  { one: q2.l1Distance, all: q2.l1Distances, nearest: q2.l1Nearest, many: q2.l1NearestMany, Results: Uint32Array, label: 'distance' },
  { one: q2.codeDot, all: q2.codeDotScores, nearest: q2.codeDotNearest, many: q2.codeDotNearestMany, Results: Float32Array, label: 'score' },
  { one: q2.dot, all: q2.dotScores, nearest: q2.dotNearest, many: q2.dotNearestMany, Results: Float32Array, label: 'score', int8: true },
]

function* cases() {
  const file = new Uint8Array(fs.readFileSync(path.join(__dirname, '../../../testdata/golden-search/golden.q2gs')))
  let at = 16
  /** So many elements of a kind, in a buffer of their own. */
  const take = (kind, count) => {
    const start = at
    at += count * kind.BYTES_PER_ELEMENT
    return new kind(file.slice(start, at).buffer)
  }
  const count = new Uint32Array(file.slice(8, 12).buffer)[0]
  for (let index = 0; index < count; index++) {
    const [n, codeCount, k, refused] = take(Uint32Array, 4)
    const vector = take(Float32Array, n), query = take(Int8Array, n), width = Math.ceil(n / 4)
    const code = take(Uint8Array, width), codes = take(Uint8Array, codeCount * width)
    const ranked = rankings.map(r => ({ ranking: r, want: take(r.Results, codeCount), ids: [...take(Uint32Array, Math.min(k, codeCount))] }))
    at = 8 * Math.ceil(at / 8)
    yield { index, n, k, refused: refused === 1, vector, query, code, codes, width, ranked }
  }
  assert.equal(at, file.length)
}

function check({ index, n, k, query, code, codes, width }, { ranking, want, ids }) {
  const name = `case ${index}, ${ranking.one.name || ranking.label}`
  const from = ranking.int8 ? query : code
  assert.deepEqual(ranking.all(from, codes, { n }), want, name)
  want.forEach((value, i) => assert.ok(Object.is(ranking.one(from, codes.subarray(i * width, (i + 1) * width), n), value), `${name}, code ${i}`))
  const near = ids.map(id => ({ id, [ranking.label]: want[id] }))
  assert.deepEqual(ranking.nearest(from, codes, k, { n }), near, name)
  assert.deepEqual(ranking.many(new from.constructor([...from, ...from]), codes, k, { n }), [near, near], name)
}

for (const isa of isas(q2)) {
  test(`golden rankings on ${isa}`, t => {
    q2.forceIsa(isa)
    t.after(() => q2.forceIsa())
    let passed = 0
    for (const c of cases()) {
      if (c.refused) assert.throws(() => q2.dotQuery(c.vector), { code: 'ERR_Q2_NOT_FINITE', message: 'the query holds a NaN or an infinity' })
      else assert.deepEqual(q2.dotQuery(c.vector), c.query, `case ${c.index}`)
      for (const ranked of c.ranked) check(c, ranked)
      passed++
    }
    assert.equal(passed, 202)
  })
}
