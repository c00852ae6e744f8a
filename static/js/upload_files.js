/* What was dropped or chosen, as a list of {file, path}: folders are walked, and the names sorted. */

function asFile(entry) {
  return new Promise((resolve, reject) => { entry.file(resolve, reject); });
}

function someOf(reader) {
  return new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
}

/* A folder's reader gives its entries in portions; an empty portion is the end. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const portion = await someOf(reader);
    if (!portion.length) return found;
    found.push(...portion);
  }
}

async function walk(entry, into, unreadable) {
  try {
    if (entry.isFile) {
      into.push({ file: await asFile(entry), path: entry.fullPath.replace(/^\//, "") });
      return;
    }
    for (const inner of await entriesOf(entry)) await walk(inner, into, unreadable);
  } catch {
    unreadable.push(entry.fullPath);
  }
}

/* The browser empties a DataTransfer after the event, so its entries are taken before anything is waited for. */
export async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [];
  const unreadable = [];
  if (entries.every(Boolean) && entries.length) {
    for (const entry of entries) await walk(entry, files, unreadable);
  } else {
    files.push(...[...transfer.files].map((file) => ({ file, path: file.name })));
  }
  return { files: sorted(files), unreadable };
}

export function chosen(input) {
  return sorted([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
}

function sorted(files) {
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/* Product sheets go ahead, so that photos find their products and nothing is refused only to be inspected again. */
export function sheetsFirst(files) {
  const isSheet = ({ path }) => /\.(csv|xlsx)$/i.test(path);
  return [...files.filter(isSheet), ...files.filter((file) => !isSheet(file))];
}
