'use strict'
// libq2's statuses as errors.
const { Q2Error, rangeError } = require('./errors.js')

const OK = 0
const UNSUPPORTED = 2
const NOT_FINITE = 3
const notFinite = 'a NaN or an infinity among its elements, or squares that overflow'

/** For calls whose arguments were checked before; what is left is a memory that changed its size meanwhile. */
function accept(status, why = `the row has no finite norm: ${notFinite}`) {
  if (status === NOT_FINITE) throw new Q2Error('ERR_Q2_NOT_FINITE', why)
  if (status !== OK) throw rangeError('libq2 refused the arguments: a size is out of range or an array too short')
}

/** For quantiseRows: the rows that were not refused are done, and come with the error. */
function acceptRows(status, results) {
  if (status !== NOT_FINITE) return accept(status)
  const rows = []
  results.rowStatus.forEach((s, i) => s === NOT_FINITE && rows.push(i))
  throw new Q2Error('ERR_Q2_NOT_FINITE', `${rows.length} of ${results.count} rows refused, first row ${rows[0]}: ${notFinite}`, { rows, results })
}

module.exports = { OK, UNSUPPORTED, accept, acceptRows }
