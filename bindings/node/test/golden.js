'use strict'
// The golden cases (docs/SPEC.md section 9): what every implementation must give.
const fs = require('node:fs')
const path = require('node:path')

function* golden() {
  const file = fs.readFileSync(path.join(__dirname, '../../../testdata/golden/golden.q2gv'))
  const count = file.readUInt32LE(8)
  let at = 16
  for (let i = 0; i < count; i++) {
    const word = j => file.readUInt32LE(at + 4 * j)
    const [dtype, n, seqLen, status, , inputLength, packedLength, transitions] = Array.from({ length: 8 }, (_, j) => word(j))
    const key = file.readBigUInt64LE(at + 32)
    const input = file.subarray(at + 48, at + 48 + inputLength)
    const packed = file.subarray(at + 48 + inputLength, at + 48 + inputLength + packedLength)
    at += 8 * Math.ceil((48 + inputLength + packedLength) / 8)
    yield { index: i, dtype, n, seqLen, refused: status === 3, input, packed, transitions, key }
  }
}

/** The instruction sets to test, forced one after another; those in Q2_REQUIRE must be there. */
function isas(q2) {
  const required = (process.env.Q2_REQUIRE ?? '').split(',')
  return ['scalar', 'avx2', 'avx512', 'neon'].filter(isa => {
    try {
      q2.forceIsa(isa)
      return true
    } catch (err) {
      if (required.includes(isa)) throw err
      return false
    } finally {
      q2.forceIsa()
    }
  })
}

module.exports = { golden, isas }
