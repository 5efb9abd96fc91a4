// Package encoder turns texts into vectors in this process, with the weights of a folder or of this binary.
//
// Three kinds of model run here: BERT with its kin (XLM-R, RoBERTa), tables of static vectors (model2vec), and the
// Universal Sentence Encoder lite. A folder holds config.json, tokenizer.json and model.safetensors; what else
// sentence-transformers writes beside them (modules.json, 1_Pooling, sentence_bert_config.json, prompts) is obeyed.
//
// One call works on one core. A call looks at its context every few milliseconds.
package encoder
