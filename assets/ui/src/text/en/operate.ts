export const operate = {
  "place.label": "Pages of the app",
  "place.edit": "Edit",
  "place.api": "API",
  "place.logs": "Logs",
  "api.language": "Language of the sample",
  "api.toEdit": "Publish it on its page",
  "api.python": "Python 3, without any package. Save it as call.py and run: python3 call.py",
  "api.javascript": "Node.js 18 or newer, without any package. Save it as call.mjs and run: node call.mjs",
};
