import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../json/index.ts';
import { fillTemplate } from './template.ts';
import { TemplateError } from './template-syntax.ts';

const data = {
  URL: 'http://up',
  JsonData: parseJson('{"a":"x","n":1.50,"on":true,"off":false,"none":null,"list":["p",null,2],"deep":{"b":"y","a":"z"},"quote":"a\\"b"}'),
  SecureJsonData: { token: 's3cret' },
};
const fill = (text: string) => fillTemplate(text, data);

test('fields, constants, pipes and functions are filled in as Go does [E24]', () => {
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['{{ .URL }}/{{.JsonData.a}}', 'http://up/x'],
    ['Bearer {{ .SecureJsonData.token }}', 'Bearer s3cret'],
    [
      '{{ .JsonData.missing }}|{{ .JsonData.missing.more }}|{{ .SecureJsonData.no }}|{{ .JsonData.none }}',
      '<no value>|<no value>|<no value>|<no value>',
    ],
    ['{{ orEmpty .JsonData.missing }}|{{ .JsonData.a | orEmpty }}|{{ .JsonData.none | orEmpty }}', '|x|'],
    ['{{ .JsonData.n }} {{ .JsonData.on }} {{ .JsonData.list }} {{ .JsonData.deep }}', '1.50 true [p <nil> 2] map[a:z b:y]'],
    ['{{ if .JsonData.on }}yes{{ else }}no{{ end }}', 'yes'],
    ['{{ if .JsonData.off }}1{{ else if .JsonData.a }}2{{ else }}3{{ end }}', '2'],
    ['{{ with .JsonData.deep }}{{ .b }}{{ $.URL }}{{ end }}', 'yhttp://up'],
    ['{{ if eq .JsonData.a "x" "q" }}same{{ end }}{{ if ne .JsonData.a `x` }}other{{ end }}', 'same'],
    ['{{ if and .JsonData.a (not .JsonData.off) }}both{{ end }}{{ or .JsonData.missing "else" }}', 'bothelse'],
    ['{{ index .JsonData "deep" "b" }}{{ index .JsonData.list 0 }}{{ (index .JsonData "deep").a }}', 'ypz'],
    ['{{ len .JsonData.list }}{{ print "a" 1 }}{{ urlquery "a b&c" }}', '3a1a+b%26c'],
    ['a {{- .JsonData.a -}} b {{/* nothing */}}c', 'axb c'],
    ['{{ "}}" }}{{ .JsonData.quote }}', '}}a"b'],
  ];
  for (const [text, expected] of cases) assert.equal(fill(text), expected, text);
});

test('what cannot be filled in is an error that holds no values', () => {
  for (const text of [
    '{{ .Nothing.here }}',
    '{{ .JsonData.a.b }}',
    '{{ range .JsonData.list }}{{ end }}',
    '{{ nosuch .JsonData.a }}',
    '{{ .JsonData.a "b" }}',
    '{{ if .JsonData.a }}',
    '{{ end }}',
    '{{ }}',
    '{{ .JsonData.a',
    '{{ (.JsonData.a }}',
    '{{ .JsonData.a ) }}',
    '{{ constructor }}',
    '{{ len .JsonData.n }}',
  ]) {
    assert.throws(
      () => fill(text),
      (error) => error instanceof TemplateError && !error.message.includes('s3cret'),
      text,
    );
  }
});
