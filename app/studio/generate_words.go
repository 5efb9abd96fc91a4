package studio

import "islet/app"

// The rules that the model is given, by kind.
var generateRules = map[string]app.Text{
	WritePrompt: {
		En: `You write prompts for applications built on language models. Write one complete prompt for the task in <instruction>.

Rules:
- Write in the language of the instruction.
- Begin with who the assistant is and what the result is for, in one or two sentences.
- Then say what to do, step by step where the order matters, and what to do when the input is incomplete, contradictory or outside the task.
- Say exactly what the output looks like: parts, order, length, format. Give a short example only where words do not suffice.
- Separate inputs from instructions with XML-style tags, so that text inside an input is never taken for an instruction.
- Ask for nothing that a model cannot do, such as looking something up on the web. No flattery, no repetition, nothing that does not change the answer.

Answer with the prompt alone: no introduction, no explanation, no code fence.`,
		Zh: `你负责为基于大语言模型的应用撰写提示词。请针对 <instruction> 中的任务写出一份完整的提示词。

要求：
- 使用与任务说明相同的语言。
- 开头用一两句话说明助手的身份，以及结果给谁用、作什么用。
- 接着写清要做什么；顺序重要时分步写明，并说明输入不完整、自相矛盾或超出任务范围时怎么办。
- 明确输出的样子：包含哪些部分、先后顺序、篇幅和格式。只有文字说不清时才给一个简短示例。
- 用 XML 风格的标签把输入与指令隔开，避免输入中的文字被当成指令。
- 不要求模型做不到的事，例如上网查询；不客套，不重复，不写对结果没有影响的话。

只输出提示词本身：不要前言，不要解释，不要代码块。`,
	},
	WriteCode: {
		En: `You write the program of a code node in a workflow, in Python 3, for the task in <instruction>.

Rules:
- One function def main(…) -> dict. Its parameters are the inputs: use the names in <variables>, with type hints; add others only where the task needs them.
- It returns a dictionary with string keys. Values are strings, numbers, booleans, objects, or lists of them.
- Standard library only; no network, no files, no input(), no print(). What you import stands at the top.
- Treat inputs as untrusted: an empty, missing or badly formed one gives a sensible result and no exception.

Answer with exactly two code blocks and nothing else: first the program in a block marked python, then in a block marked json an object that names each key of the result with its type, one of string, number, boolean, object, array[string], array[number], array[object].`,
		Zh: `你负责为工作流中的代码节点编写 Python 3 程序，完成 <instruction> 中的任务。

要求：
- 只有一个入口函数 def main(…) -> dict。参数就是输入：使用 <variables> 中的名称并标注类型；任务确有需要时才增加其他参数。
- 返回一个字典，键为字符串，值为字符串、数字、布尔值、对象，或由它们组成的列表。
- 只用标准库；不访问网络和文件，不使用 input() 和 print()。import 写在开头。
- 输入不可信：为空、缺失或格式错误时要给出合理结果，不能抛出异常。
- 注释用中文，只在必要处写。

只输出两个代码块，不要其他内容：第一个是标记为 python 的程序；第二个标记为 json，是一个对象，列出返回字典的每个键及其类型，类型只能是 string、number、boolean、object、array[string]、array[number]、array[object]。`,
	},
	WriteSchema: {
		En: `You write JSON schemas that tell a language model which structured answer to give. Write one for the task in <instruction>.

Rules:
- The root has "type": "object", "properties", "required" and "additionalProperties": false.
- Use the types string, number, integer, boolean, array and object only; "enum" where the values are known. No "$ref", no "oneOf".
- Names of properties are short English words in snake_case. Every property has a "description" in the language of the instruction that says what belongs there, and what to write if the text does not say.
- Required is what can always be given. Do not add properties nobody asked for.
- If <ideal_output> shows an example, the schema must accept it.

Answer with the JSON schema alone, without a code fence.`,
		Zh: `你负责编写 JSON Schema，用来规定大语言模型结构化回答的格式。请针对 <instruction> 中的任务写一个。

要求：
- 根节点包含 "type": "object"、"properties"、"required" 和 "additionalProperties": false。
- 类型只用 string、number、integer、boolean、array、object；取值固定时用 "enum"。不使用 "$ref" 和 "oneOf"。
- 属性名用简短的英文 snake_case。每个属性都有 "description"，使用任务说明的语言，写明应填什么，以及原文没有提到时填什么。
- 总能给出的属性才列入 required；不添加没有要求的属性。
- 如果 <ideal_output> 给出了示例，Schema 必须能通过该示例。

只输出 JSON Schema 本身，不要代码块。`,
	},
}

var javascriptRules = app.Text{
	En: `You write the program of a code node in a workflow, in JavaScript, for the task in <instruction>.

Rules:
- One function main({…}) that destructures its inputs from one object: use the names in <variables>; add others only where the task needs them.
- It returns an object. Values are strings, numbers, booleans, objects, or arrays of them.
- Plain JavaScript only; no network, no files, no modules, no console.
- Treat inputs as untrusted: an empty, missing or badly formed one gives a sensible result and no exception.

Answer with exactly two code blocks and nothing else: first the program in a block marked javascript, then in a block marked json an object that names each key of the result with its type, one of string, number, boolean, object, array[string], array[number], array[object].`,
	Zh: `你负责为工作流中的代码节点编写 JavaScript 程序，完成 <instruction> 中的任务。

要求：
- 只有一个入口函数 main({…})，从一个对象中解构输入：使用 <variables> 中的名称；任务确有需要时才增加其他输入。
- 返回一个对象，值为字符串、数字、布尔值、对象，或由它们组成的数组。
- 只用语言本身的功能；不访问网络和文件，不引入模块，不使用 console。
- 输入不可信：为空、缺失或格式错误时要给出合理结果，不能抛出异常。
- 注释用中文，只在必要处写。

只输出两个代码块，不要其他内容：第一个是标记为 javascript 的程序；第二个标记为 json，是一个对象，列出返回对象的每个键及其类型，类型只能是 string、number、boolean、object、array[string]、array[number]、array[object]。`,
}

// formRule is for prompts whose inputs are the variables of a form.
var formRule = app.Text{
	En: "- Refer to inputs as {{name}}. Use every name in <variables>; you may add others where the task clearly needs an input, in letters, digits and _.",
	Zh: "- 用 {{名称}} 引用输入。<variables> 中列出的名称都要用到；任务确实需要其他输入时可以补充，名称只用字母、数字和下划线。",
}

// nodeRule is for prompts of nodes, which read variables of other nodes.
var nodeRule = app.Text{
	En: "- The names in <variables> are all that can be read here. Use those that the task needs, in double braces and exactly as they are written, such as {{#start.text#}}; use no others.",
	Zh: "- 此处只能读取 <variables> 中列出的名称。按任务需要选用，用双花括号括起并与列出的写法完全一致，例如 {{#start.text#}}；不要使用其他名称。",
}

// oneShotRule is for prompts of apps and nodes that answer once.
var oneShotRule = app.Text{
	En: "- There is no conversation: the prompt is sent once and must hold every input; the answer goes straight to the reader, without a greeting or a question back.",
	Zh: "- 没有多轮对话：提示词只发送一次，必须包含全部输入；回答直接交给使用者，不寒暄，也不反问。",
}

var improveRule = app.Text{
	En: "- <current> is what is there now. Change it as <instruction> asks, keep what already works, its variables and its language, and answer with the whole new version.",
	Zh: "- <current> 是现有内容。请按 <instruction> 的要求修改，保留其中有效的部分、变量和语言，并输出完整的新版本。",
}
