'use strict'
// Loads the addon that node-gyp built when the package was installed.
const path = require('node:path')
const { Q2Error } = require('./errors.js')

const file = path.join(__dirname, '..', 'build', 'Release', 'q2.node')

function load() {
  try {
    return require(file)
  } catch (cause) {
    throw new Q2Error('ERR_Q2_NOT_BUILT', `libq2 is not built (${cause.message.split('\n')[0]}): run "npm rebuild @q2kernel/q2"; it needs a C compiler, make and Python`, { cause })
  }
}

module.exports = load()
