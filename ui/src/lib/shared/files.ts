/** Asks for one file by the system's own dialog; null when the owner changed their mind. `accept` as in HTML. */
export function chooseFile(accept: string): Promise<File | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = accept;
  input.hidden = true;
  // Safari on phones may drop one that is in no document before it has answered.
  document.body.append(input);
  return new Promise<File | null>((resolve) => {
    input.addEventListener('cancel', () => resolve(null));
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null));
    input.click();
  }).finally(() => input.remove());
}

/** Hands bytes to the browser's downloads. */
export function download(bytes: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The browser reads it after the click; a minute is plenty for a file on this machine.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
