// Builds the Go programs and prints where they are, as JSON, for programs outside of this package:
// {"folder": "…"} or {"missing": "why"}.
import { buildGo } from './go.ts';

console.log(JSON.stringify(await buildGo()));
