export default function ApplicationsPage(_: { offered: readonly string[] }) {
  return null;
}
