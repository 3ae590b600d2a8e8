# libq2's sources, staged into native/, and the bridge to Node.js become one addon; nothing of libq2 is exported.
{
  "variables": { "q2_test%": 0 },
  "target_defaults": {
    "include_dirs": ["native"],
    "defines": ["NAPI_VERSION=8", "Q2_STATIC"],
    # Strict C11: gnu11 would let GCC fuse a*b+c where the target has FMA.
    "cflags_c": ["-std=c11", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra"],
    "xcode_settings": { "GCC_C_LANGUAGE_STANDARD": "c11", "GCC_OPTIMIZATION_LEVEL": "3", "GCC_SYMBOLS_PRIVATE_EXTERN": "YES" }
  },
  "targets": [
    {
      "target_name": "q2",
      "sources": ["addon.c", "<!@(node -p \"require('fs').readdirSync('native').filter(f => f.endsWith('.c')).map(f => 'native/' + f).join(' ')\")"]
    }
  ],
  "conditions": [
    # For the tests alone: the same bridge over functions that leave marks in the memory they are given.
    ["q2_test==1", { "targets": [{ "target_name": "q2_marks", "sources": ["addon.c", "../../testdata/marks/marks.c"] }] }]
  ]
}
