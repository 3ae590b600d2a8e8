import q2 = require('@q2kernel/q2')

const fingerprint: q2.Fingerprint = q2.quantise(new Float32Array(4))
export const transitions: number | undefined = fingerprint.transitions
// @ts-expect-error there is no such function
q2.quantize(new Float32Array(4))
