package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// published is a tensor as TensorFlow.js has it.
type published struct {
	shape []int
	data  []float32
}

const (
	graph   = "module_apply_default/Encoder_en/KonaTransformer/Encode/"
	kernels = "module/Encoder_en/KonaTransformer/Encode/"
	joined  = "/ConcatPartitions/concat"
	normed  = "layer_prepostprocess/layer_norm/layer_norm_"
)

// names says where each tensor of the encoder stands in the published file.
var names = tensorNames()

func tensorNames() map[string]string {
	n := map[string]string{
		"embeddings":              "module/Embeddings_en",
		"layer.0.residual.weight": graph + "Layer_0/TransformerLayer/dense/kernel" + joined,
		"layer.0.residual.bias":   graph + "Layer_0/TransformerLayer/dense/bias" + joined,
		"dense.weight":            "module/Encoder_en/hidden_layers/tanh_layer_0/weights",
		"dense.bias":              "module/Encoder_en/hidden_layers/tanh_layer_0/bias",
	}
	for i := range 2 {
		to, at := fmt.Sprintf("layer.%d.", i), fmt.Sprintf("Layer_%d/TransformerLayer/", i)
		n[to+"norm1.weight"] = graph + at + normed + "scale" + joined
		n[to+"norm1.bias"] = graph + at + normed + "bias" + joined
		n[to+"norm2.weight"] = graph + at + "FFN/" + normed + "scale" + joined
		n[to+"norm2.bias"] = graph + at + "FFN/" + normed + "bias" + joined
		n[to+"qkv.weight"] = kernels + at + "MultiheadAttention/qkv_transform_single/kernel/part_0"
		n[to+"qkv.bias"] = graph + at + "MultiheadAttention/qkv_transform_single/bias" + joined
		n[to+"out.weight"] = kernels + at + "MultiheadAttention/output_transform_single/kernel/part_0"
		n[to+"out.bias"] = graph + at + "MultiheadAttention/output_transform_single/bias" + joined
		n[to+"grow.weight"] = graph + "TransformerStack/" + at + "FFN/conv1/Tensordot/Reshape_1"
		n[to+"grow.bias"] = graph + at + "FFN/conv1/bias" + joined
		n[to+"shrink.weight"] = graph + "TransformerStack/" + at + "FFN/conv2/Tensordot/Reshape_1"
		n[to+"shrink.bias"] = graph + at + "FFN/conv2/bias" + joined
	}
	return n
}

// readPublished reads the float tensors of a model.json and the files that it names.
func readPublished(dir string) (map[string]published, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "model.json"))
	if err != nil {
		return nil, err
	}
	var m struct {
		Manifest []struct {
			Paths   []string `json:"paths"`
			Weights []struct {
				Name  string `json:"name"`
				Shape []int  `json:"shape"`
				Type  string `json:"dtype"`
			} `json:"weights"`
		} `json:"weightsManifest"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("model.json: %w", err)
	}
	out := map[string]published{}
	for _, group := range m.Manifest {
		var data []byte
		for _, p := range group.Paths {
			part, err := os.ReadFile(filepath.Join(dir, filepath.Base(p)))
			if err != nil {
				return nil, err
			}
			data = append(data, part...)
		}
		for _, w := range group.Weights {
			n := 1
			for _, d := range w.Shape {
				n *= d
			}
			if len(data) < 4*n {
				return nil, fmt.Errorf("the data end before tensor %s", w.Name)
			}
			t := published{shape: w.Shape, data: make([]float32, n)}
			for i := range t.data {
				t.data[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
			}
			data = data[4*n:]
			if w.Type == "float32" {
				out[w.Name] = t
			}
		}
	}
	return out, nil
}
