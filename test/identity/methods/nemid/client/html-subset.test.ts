import t from 'tap';
import { htmlProblem } from '@segl/identity/methods/nemid/client/html-subset';
import { tell } from '../../../../support/signatures/tell.ts';

t.test('HTML that a client shows', async (t) => {
  for (const html of [
    '',
    'plain text with æøå & entities &lt;script&gt;',
    '<html><head><title>A</title><style type="text/css">p { color: #333; font-size: 10pt }</style></head><body bgcolor="#fff"><p align=center>x</p></body></html>',
    '<table border=\'1\' cellpadding=2><tr><th>a</th><td colspan="2">b</td></tr></table>',
    '<H1 class="x">A</H1><ul><li>a</li></ul><ol start="3"><li value="4">b</li></ol>',
    '<div style="color: red; text-align: left"><b><i><u><font size="2" face="Arial">x</font></u></i></b></div>',
    '<a href="#section-1">x</a><a name="section-1">y</a>',
    '<center>x</center><p/>',
  ]) {
    t.equal(htmlProblem(html), undefined, html);
  }
});

t.test('HTML that no client shows', async (t) => {
  const cases: [problem: RegExp, html: string][] = [
    [/element script/, '<script>alert(1)</script>'],
    [/element img/, '<img src="x">'],
    [/element iframe/, '<p>a</p><IFRAME src="x"></IFRAME>'],
    [/element form/, '<form action="x"></form>'],
    [/element link/, '<link rel="stylesheet" href="x">'],
    [/element meta/, '<meta http-equiv="refresh" content="0">'],
    [/element constructor/, '<constructor>'],
    [/comment/, '<p><!-- hidden --></p>'],
    [/comment/, '<!DOCTYPE html><html></html>'],
    [/comment/, '<?php x ?>'],
    [/comment/, '<![CDATA[x]]>'],
    [/broken/, 'a < b'],
    [/broken/, '<p'],
    [/broken/, '<p <b>>'],
    [/attribute onclick/, '<p onclick="x()">a</p>'],
    [/attribute src/, '<td src="x">a</td>'],
    [/attribute background/, '<body background="x">'],
    [/attributes of p cannot be read/, '<p align="a"class="b">x</p>'],
    [/attributes of p cannot be read/, '<p align="x>y</p>'],
    [/end of p has attributes/, '<p>x</p class="a">'],
    [/links/, '<a href="http://x.invalid">a</a>'],
    [/links/, '<a href="javascript:x">a</a>'],
    [/links/, "<a href='#a b'>a</a>"],
    [/style/, '<p style="background: url(http://x.invalid)">a</p>'],
    [/style/, '<p style="width: expression(1)">a</p>'],
    [/style/, '<p style="color: r\\65 d">a</p>'],
    [/style/, '<p style="position: absolute">a</p>'],
    [/style/, '<style>@import "x";</style>'],
    [/style/, '<style>p { background: URL (x) }</style>'],
    [/style holds elements/, '<style><b>x</b></style>'],
    [/does not end/, '<style>p { color: red }'],
  ];
  for (const [problem, html] of cases) {
    const found = htmlProblem(html);
    t.match(found ? tell(found) : 'shown', problem, html);
  }
});

t.test('HTML of any size and shape is judged in time that grows with its size', async (t) => {
  for (const html of [
    '<p>'.repeat(300_000),
    `<p ${'a'.repeat(1_000_000)}`,
    `<p${' '.repeat(1_000_000)}x`,
    `<p${' class="a"'.repeat(100_000)}>`,
    '<'.repeat(1_000_000),
    `<p title="${' '.repeat(1_000_000)}">`,
    `<p${' '.repeat(200_000)}/>`,
  ]) {
    const started = performance.now();
    htmlProblem(html);
    t.ok(
      performance.now() - started < 2000,
      `${html.slice(0, 20)}…: ${(performance.now() - started).toFixed(0)} ms`,
    );
  }
});
