import * as q2 from './index.js'

export * from './index.js'
export default q2
