'use strict'
// What the package throws. Every error carries a `code` that begins with ERR_Q2_.

/** A row, a machine or an installation that can't do what was asked; wrong arguments are a TypeError or a RangeError. */
class Q2Error extends Error {
  constructor(code, message, details) {
    super(message)
    Object.assign(this, { code }, details)
  }
}
Object.defineProperty(Q2Error.prototype, 'name', { value: 'Q2Error', configurable: true, writable: true })

const typeError = message => Object.assign(new TypeError(message), { code: 'ERR_Q2_ARGUMENT' })
const rangeError = message => Object.assign(new RangeError(message), { code: 'ERR_Q2_ARGUMENT' })

module.exports = { Q2Error, typeError, rangeError }
