'use strict'
// The package as such: its version, both module systems, its types, and the program in its README.
const { test } = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { execFileSync } = require('node:child_process')
const q2 = require('../lib/index.js')

const root = path.join(__dirname, '..')
const read = file => fs.readFileSync(path.join(root, file), 'utf8')

test('one version: the header, the library, the package', () => {
  const header = read('../../native/c/q2.h')
  assert.equal(q2.version, header.match(/^#define Q2_VERSION "(.*)"/m)[1])
  assert.equal(JSON.parse(read('package.json')).version, q2.version)
  assert.equal(String(q2.abiVersion), header.match(/^#define Q2_ABI_VERSION (\d+)/m)[1])
})

test('require, import and the types name the same things', async () => {
  const { default: whole, ...named } = await import('../lib/index.mjs')
  const names = Object.keys(q2).sort()
  assert.equal(whole, q2)
  assert.deepEqual(Object.keys(named).sort(), names)
  const declared = [...read('lib/index.d.ts').matchAll(/^export (?:function|const|class) (\w+)/gm)].map(m => m[1])
  assert.deepEqual([...new Set(declared)].sort(), names)
})

test('tsc --strict takes the usage files', () => {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', path.join(__dirname, 'types')], { encoding: 'utf8' })
  } catch (error) {
    assert.fail(error.stdout)
  }
})

test('the program in the README runs, and prints what it says', () => {
  const [, program, prints] = read('README.md').match(/```js\n([^]*?)```[^]*?```\n([^]*?)```/)
  assert.equal(program.trim().split('\n').length, 5)
  const file = path.join(root, 'build', 'readme.mjs') // inside the package, so that its own name leads to it
  fs.writeFileSync(file, program)
  assert.equal(execFileSync(process.execPath, [file], { encoding: 'utf8' }), prints)
})
