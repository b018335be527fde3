/** Writes what is answered. */
final class Json {
  private Json() {}

  static String quoteOrNull(Object value) {
    return value == null ? "null" : quote(value.toString());
  }

  static String quote(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < 0x20) json.append(String.format("\\u%04x", (int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }
}
