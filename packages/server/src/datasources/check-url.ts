/**
 * Whether Go's `url.Parse` takes the URL of a data source, which is what Grafana asks. A missing scheme counts as
 * `http://`; nothing is said about schemes, empty hosts or paths.
 */
export function isParsableUrl(text: string): boolean {
  const url = /^[^:]*:\/\//.test(text) ? text : `http://${text}`;
  if (hasControlCharacter(url)) return false;
  const [withoutFragment = '', fragment = ''] = splitOnce(url, '#');
  const found = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?]*)([^?]*)/.exec(withoutFragment);
  if (found === null) return false;
  const [, , authority = '', path = ''] = found;
  const at = authority.lastIndexOf('@');
  const userInfo = at < 0 ? '' : authority.slice(0, at);
  return isUserInfo(userInfo) && isHost(authority.slice(at + 1)) && hasGoodEscapes(path) && hasGoodEscapes(fragment);
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function isUserInfo(text: string): boolean {
  return /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(text) && hasGoodEscapes(text);
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    return end > 0 && isPort(host.slice(end + 1)) && /^[0-9a-fA-F:.]*(%25[^%]*)?$/.test(host.slice(1, end));
  }
  const colon = host.lastIndexOf(':');
  const name = colon < 0 ? host : host.slice(0, colon);
  // Beyond ASCII any letter may stand in a host; of ASCII only these.
  return (
    isPort(colon < 0 ? '' : host.slice(colon)) &&
    /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:<>"[\]]|[\u0080-\uffff]|%[89a-fA-F][0-9a-fA-F])*$/.test(name)
  );
}

function isPort(text: string): boolean {
  return text === '' || /^:\d*$/.test(text);
}

function hasGoodEscapes(text: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(text);
}
