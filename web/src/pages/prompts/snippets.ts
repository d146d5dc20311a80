/** Code that asks for a version of a prompt. */

export interface Snippet {
  title: string;
  code: string;
}

export function snippets(
  address: string,
  name: string,
  ref: string,
  variables: readonly string[],
): Snippet[] {
  const url = `${address}/api/v1/prompts/${encodeURIComponent(name)}/versions/${encodeURIComponent(ref)}/render`;
  const values = Object.fromEntries(variables.map((variable) => [variable, "…"]));
  const json = JSON.stringify({ variables: values });
  const python = variables.map((variable) => `${JSON.stringify(variable)}: "…"`).join(", ");
  return [
    {
      title: "Python",
      code: `import httpx

answer = httpx.post(
    ${JSON.stringify(url)},
    json={"variables": {${python}}},
).raise_for_status().json()

messages, model = answer["messages"], answer["model"]`,
    },
    {
      title: "LangSmith client",
      code: `from langsmith import Client

client = Client(api_url=${JSON.stringify(`${address}/langsmith`)})
prompt = client.pull_prompt(${JSON.stringify(`${name}:${ref}`)})
messages = prompt.invoke({${python}})`,
    },
    {
      title: "curl",
      code: `curl ${url} \\
  -H 'content-type: application/json' \\
  -d '${json.replaceAll("'", "'\\''")}'`,
    },
  ];
}
