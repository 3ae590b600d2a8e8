'use strict'
// Element types (docs/SPEC.md section 1): names, the numbers of q2.h, and what a typed array stands for.
const { typeError } = require('./errors.js')

const names = ['fp32', 'fp16', 'q8', 'q4', 'q2', 'bf16']
const numbers = Object.freeze(Object.fromEntries(names.map((name, i) => [name, i])))
const rowBytes = [n => 4 * n, n => 2 * n, n => n, n => n / 2, n => Math.ceil(n / 4), n => 2 * n]
// The largest n that so many bytes hold.
const dimensions = [bytes => bytes / 4, bytes => bytes / 2, bytes => bytes, bytes => 2 * bytes, bytes => 4 * bytes, bytes => bytes / 2]

/** The number of a dtype given by name or number. */
function number(dtype) {
  if (typeof dtype === 'string' && Object.hasOwn(numbers, dtype)) return numbers[dtype]
  if (typeof dtype === 'number' && names[dtype] !== undefined) return dtype
  throw typeError(`dtype is ${typeof dtype === 'string' ? `"${dtype}"` : String(dtype)}, must be one of ${names.join(', ')} (or its number, 0 to 5)`)
}

// What elements of an array can be, the first being what they are unless told otherwise. Bytes can hold anything.
const meanings = {
  Float32Array: { types: [0], implied: true },
  Float16Array: { types: [1], implied: true },
  Int8Array: { types: [2], implied: true },
  Uint16Array: { types: [1, 5], implied: false },
  Uint8Array: { types: [0, 1, 2, 3, 4, 5], implied: false },
}
const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get

/** The array's kind, by what it is and not by what it says: "Float32Array"; undefined for anything else. */
const kind = value => tagOf.call(value)

const keysOf = Uint8Array.prototype.keys

/** Refuses an array that has no memory any more. It says that it has 0 elements, which is no error where none are fine; so only such an array is asked. */
function requireMemory(array, what) {
  if (array.length !== 0) return
  try {
    keysOf.call(array)
  } catch {
    throw typeError(`${what} has lost its memory: its ArrayBuffer was transferred, or made smaller`)
  }
}

/** The dtype of a tensor's elements: implied by its kind, or as asked. */
function of(tensor, asked, what) {
  const tag = kind(tensor)
  const meaning = meanings[tag]
  if (meaning === undefined) {
    throw typeError(`${what} is ${describe(tensor)}, must be a Float32Array, Float16Array, Int8Array, Uint16Array (fp16, bf16) or Uint8Array`)
  }
  requireMemory(tensor, what)
  if (asked === undefined) {
    if (meaning.implied) return meaning.types[0]
    throw typeError(`${what} is a ${tag}: dtype must say what it holds, ${meaning.types.map(t => names[t]).join(' or ')}`)
  }
  const dtype = number(asked)
  if (!meaning.types.includes(dtype)) throw typeError(`${what} is a ${tag}, which can't hold ${names[dtype]}`)
  return dtype
}

function describe(value) {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : `a ${typeof value}`
}

module.exports = { names, numbers, rowBytes, dimensions, number, kind, requireMemory, of, describe }
