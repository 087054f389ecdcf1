export default function RetentionPage(_: { offered: readonly string[] }) {
  return null;
}
