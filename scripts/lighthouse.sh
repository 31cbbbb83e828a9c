#!/usr/bin/env bash
# Lighthouse scores (mobile defaults, median of three runs) of pages that are being served: scripts/lighthouse.sh <address>…
# Needs Node 18 or newer; lighthouse itself comes from npm at the first run. See docs/quality.md.
set -euo pipefail

[ $# -gt 0 ] || { echo "Which pages? $0 http://127.0.0.1:8000/ …" >&2; exit 2; }
command -v npx >/dev/null || { echo "There is no npx (Node.js) on this machine." >&2; exit 1; }
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  CHROME_PATH="${CHROME_PATH:-$(command -v "$name" || true)}"
done
export CHROME_PATH
flags="--headless=new --disable-gpu"
[ "$(id -u)" != 0 ] || flags="$flags --no-sandbox"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

echo "performance  accessibility  best practices  SEO   page"
for page in "$@"; do
  for run in 1 2 3; do
    npx --yes lighthouse@12 "$page" --quiet --chrome-flags="$flags" --output=json --output-path="$out/$run.json" \
      --only-categories=performance,accessibility,best-practices,seo
  done
  node -e '
    const runs = [1, 2, 3].map((n) => JSON.parse(require("fs").readFileSync(`${process.argv[1]}/${n}.json`)));
    const median = (id) => runs.map((r) => Math.round(r.categories[id].score * 100)).sort((a, b) => a - b)[1];
    const [p, a, b, s] = ["performance", "accessibility", "best-practices", "seo"].map(median);
    console.log(`${p}`.padEnd(13) + `${a}`.padEnd(15) + `${b}`.padEnd(16) + `${s}`.padEnd(6) + process.argv[2]);
  ' "$out" "$page"
done
