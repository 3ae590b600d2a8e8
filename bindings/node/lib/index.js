'use strict'
const { Q2Error, typeError } = require('./errors.js')
const check = require('./check.js')
const dtypes = require('./dtype.js')
const native = require('./native.js')
const status = require('./status.js')
const { quantise, quantiseRows, key, transitions } = require('./quantise.js')
const rankings = require('./rankings.js')
const { keyToHex, keyFromHex, keyToSymbols, keyToBases, unpackSymbols } = require('./text.js')

const isas = ['scalar', 'avx2', 'avx512', 'neon']

function forceIsa(name) {
  if (name !== undefined && !isas.includes(name)) throw typeError(`name is ${typeof name === 'string' ? `"${name}"` : dtypes.describe(name)}, must be one of ${isas.join(', ')}`)
  if (native.forceIsa(name) === status.UNSUPPORTED) throw new Q2Error('ERR_Q2_UNSUPPORTED', `the processor, the operating system or this build lacks ${name}; in use: ${native.isa()}`)
}

module.exports = {
  Q2Error,
  quantise, quantiseRows, key, transitions,
  ...rankings,
  keyToHex, keyFromHex, keyToSymbols, keyToBases, unpackSymbols,
  packedLength: n => check.codeBytes(check.dimension(n)),
  version: native.version, abiVersion: native.abiVersion, MAX_DIM: native.maxDim, MAX_NEAREST: native.maxNearest,
  isa: native.isa, forceIsa,
  ...require('./browser_names.js'),
}
