const charsMax = 80;

/** Content-Disposition of a download (RFC 6266) with a name that no file system takes for anything else. */
export function dispositionOf(title: string): string {
  const name = `${cleaned(title)}.mp4`;
  const plain = name.normalize('NFKD').replace(/[^A-Za-z0-9 ._-]/g, '');
  const ascii = /[A-Za-z0-9]/.test(plain.slice(0, -4)) ? plain : 'clip.mp4';
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function cleaned(title: string): string {
  const safe = title.replace(/[\p{Cc}\p{Cs}/\\:*?"<>|]/gu, ' ').replace(/\s+/g, ' ');
  const cut = [...safe].slice(0, charsMax).join('');
  return cut.replace(/^[ .]+|[ .]+$/g, '') || 'clip';
}
