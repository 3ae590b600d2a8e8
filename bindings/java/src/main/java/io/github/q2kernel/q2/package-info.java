/** Q² in Java: what libq2 computes, on the caller's own arrays and buffers. {@link io.github.q2kernel.q2.Q2} is the way in. */
package io.github.q2kernel.q2;
