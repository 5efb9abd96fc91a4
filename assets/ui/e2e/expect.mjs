/** Waits until a condition holds; says in words what it waited for. */
export async function expect(condition, what, timeout = 15_000) {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((r) => setTimeout(r, 100));
  }
}
