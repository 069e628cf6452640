// Asking the program, in whose answers errors are sentences.

const GONE = "The program does not answer. Is it still running?";

// The response to a request: a GET, or a POST where there is a body.
export async function ask(path, body, options = {}) {
  let response;
  try {
    response = await fetch(path, body === undefined ? options : { method: "POST", body, ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(GONE);
  }
  if (!response.ok) throw new Error(await response.text());
  return response;
}

// What a request is answered with, as JSON.
export async function request(path, body) {
  return (await ask(path, body)).json();
}

// The lines of a response, as JSON, as they come.
export async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error(GONE);
    }
    if (part.done) return;
    const lines = (text + part.value).split("\n");
    text = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}
