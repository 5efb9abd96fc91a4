// What a page of another site is given to show a published web app. Pure.

const attribute = (s: string): string => s.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The bubble: see public/embed.js. */
export function bubbleSnippet(token: string, base: string, color: string): string {
  return `<script>
  window.isletChatbotConfig = {
    token: ${JSON.stringify(token)},
    baseUrl: ${JSON.stringify(base)},
    draggable: false,
    inputs: {},
    systemVariables: {
      // user_id: "the reader's name in your system"
    },
  };
</script>
<script src="${attribute(base)}/embed.js" defer></script>
<style>
  :root {
    --islet-chatbot-button-bg-color: ${color || "teal"};
    --islet-chatbot-button-right: 1rem;
    --islet-chatbot-button-bottom: 1rem;
  }
</style>`;
}

/** The whole app in a place of the page. */
export function frameSnippet(address: string, title: string): string {
  return `<iframe
  src="${attribute(address)}"
  title="${attribute(title)}"
  style="width: 100%; min-height: 700px; border: 0"
  allow="microphone; clipboard-write"
></iframe>`;
}

/** What a client of MCP servers is configured with, in the form that most of them read. */
export function clientConfig(name: string, address: string): string {
  return JSON.stringify({ mcpServers: { [name]: { type: "http", url: address } } }, null, 2);
}
