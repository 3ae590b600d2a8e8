import q2 from './index.js'

export const {
  Q2Error,
  quantise, quantiseRows, key, transitions,
  leeDistance, leeDistances, nearest, nearestMany,
  l1Distance, l1Distances, l1Nearest, l1NearestMany,
  codeDot, codeDotScores, codeDotNearest, codeDotNearestMany,
  dotQuery, dot, dotScores, dotNearest, dotNearestMany,
  keyToHex, keyFromHex, keyToSymbols, keyToBases, unpackSymbols,
  packedLength,
  version, abiVersion, MAX_DIM, MAX_NEAREST,
  isa, forceIsa,
  Q2_DTYPE_FP32, Q2_DTYPE_FP16, Q2_DTYPE_Q8, Q2_DTYPE_Q4, Q2_DTYPE_Q2, Q2_DTYPE_BF16, DTYPE_TO_Q2,
  q2EncodeDirect, q2KeyDirect,
} = q2

export default q2
