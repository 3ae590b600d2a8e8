"""Single constructs of the template language, and a generator of expressions: what they come to is Python's to say."""

SNIPPETS = r"""
{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ 7 // -2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 1 / 2 }} {{ 4 / 2 }} {{ 2 - -2 }} {{ +3 }}
{{ 3.0 }} {{ 1e3 }} {{ 1.5e-7 }} {{ 1e16 }} {{ 123456789.125 }} {{ 0.1 + 0.2 }} {{ 1 == 1.0 }} {{ true + 1 }} {{ 1.0 == true }} {{ 1e22 }} {{ 5e-324 }} {{ 0.0001 }} {{ 0.00001 }} {{ 0.00012 }} {{ 9999999999999998.0 }}
{{ true }} {{ False }} {{ none }} {{ None }} {{ not none }} {{ 'a' ~ 1 ~ none ~ true ~ 2.0 }}
{{ 'a' 'b' "c" }} {{ '\n\t\\\'\"\x41\u00e9\U0001f600\q' }} {{ "it's" }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ 'é' > 'z' }} {{ 1 != 2 }} {{ 'a' == 'a' }} {{ [1, 'a'] == [1.0, 'a'] }} {{ (1, 2) == [1, 2] }} {{ {'a': 1} == {'a': true} }}
{{ 'b' in 'abc' }} {{ 'x' not in 'abc' }} {{ 1 in [1, 2] }} {{ 'role' in messages[0] }} {{ 'x' in {} }} {{ none in [none] }} {{ '' in '' }}
{{ 1 and 2 }} {{ 0 or 'x' }} {{ '' and 1 }}| {{ not 1 == 2 }} {{ not (1 and 0) }} {{ 1 if 0 else 2 if 0 else 3 }} {{ 'x' if false }}|
{{ nothing }}|{{ nothing is defined }} {{ nothing is undefined }} {{ nothing == other }} {{ nothing == none }} {{ not nothing }} {{ nothing | length }} {{ nothing | default('d') }} {{ '' | default('d') }}| {{ '' | d('e', true) }} {{ none | default('n') }} {{ nothing ~ 'x' }}
{{ nothing.foo }}
{{ nothing['foo'] }}
{{ nothing + 1 }}
{{ nothing() }}
{{ nothing < 1 }}
{{ messages[0].nope }}|{{ messages[0]['nope'] }}|{{ messages[99] }}|{{ none.foo }}|{{ 'abc'.foo }}|{{ 'abc'[5] }}|{{ messages[0][1] }}
{{ messages[99].role }}
{{ messages[0].nope.more }}
{% for x in nothing %}{{ x }}{% else %}empty{% endfor %}
{% for x in 5 %}{{ x }}{% endfor %}
{% for x in none %}{{ x }}{% endfor %}
{{ 1 + 'a' }}
{{ 'a' + 1 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ [] < 1 }}
{{ 1 < 'a' }}
{{ 1 in 'abc' }}
{{ 1 in 5 }}
{{ 5 | length }}
{{ none | length }}
{{ 'abc'[0] }} {{ 'abc'[-1] }} {{ 'héé'[1] }} {{ 'abc'[::-1] }} {{ 'abcdef'[1:4] }} {{ 'abcdef'[:-2] }} {{ 'abcdef'[-3:] }} {{ 'abcdef'[::2] }} {{ 'abcdef'[4:1:-1] }} {{ 'abc'[5:] }}| {{ 'abc'[-9:2] }} {{ 'abc'[1:none] }} {{ 'abcdef'[10::-3] }}
{{ [1, 2, 3][1:] | length }} {{ [1, 2, 3][-1] }} {{ (4, 5)[0] }} {{ [[1], [2]][1][0] }} {{ 'abc'.1 }} {{ [7, 8].0 }} {{ [1, 2][true] }}
{{ 'abc'[::0] }}
{{ ([1, 2] + [3]) | join('-') }} {{ 'ab' * 3 }} {{ 2 * 'ab' }} {{ ([0] * 3) | join }} {{ 'x' * -1 }}| {{ (1, 2) + (3,) == (1, 2, 3) }}
{{ ' x '.strip() }}|{{ ' x '.lstrip() }}|{{ ' x '.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abcba'.lstrip('ab') }}|{{ '\u00a0\u2003x\u200b'.strip() | length }}|{{ '\x1cx\x1f'.strip() }}|{{ 'éaé'.strip('é') }}
{{ 'a,b,,c'.split(',') | join('|') }} {{ ' a  b '.split() | join('|') }} {{ 'a,b,c'.split(',', 1) | join('|') }} {{ 'a,b,c'.rsplit(',', 1) | join('|') }} {{ 'abc'.split('x') | length }} {{ ''.split(',') | length }} {{ ''.split() | length }} {{ 'a-b-c'.split('-')[-1] }} {{ 'a b'.split(maxsplit=-1) | length }} {{ 'a,b,c'.rsplit(',') | join('|') }} {{ 'a,b'.split(',', 0) | join('|') }}
{{ 'abc'.split('') }}
{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('bc') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.startswith('') }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }} {{ 'abc'.find('c') }} {{ 'éa'.find('a') }} {{ 'abc'.find('x') }} {{ 'banana'.count('an') }} {{ 'abc'.count('') }}
{{ 'abc'.startswith(1) }}
{{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ 'ab'.replace('', '.') }} {{ 'aXb' | replace('X', '') }} {{ 'aaa' | replace('a', 'b', 2) }} {{ 123 | replace('2', 'x') }}
{{ 'Hello wORLD'.upper() }} {{ 'Hello wORLD'.lower() }} {{ 'hello wORLD-x'.title() }} {{ 'hello wORLD'.capitalize() }} {{ "it's (a) 2nd-rate" | title }} {{ "it's (a) 2nd".title() }} {{ 'aB' | upper }}{{ 'aB' | lower }}{{ 'aB cD' | capitalize }} {{ none | upper }} {{ '' | capitalize }}|
{{ '-'.join(['a', 'b']) }} {{ '-'.join('abc') }} {{ [1, none, 'x'] | join(', ') }} {{ messages | join(',', attribute='role') }} {{ 'abc' | join('.') }}
{{ '-'.join([1]) }}
{{ ' x ' | trim }}| {{ 'xax' | trim('x') }} {{ none | trim }} {{ 5 | trim }} {{ nothing | trim }}| {{ 'abc' | length }} {{ 'é中' | count }} {{ {'a': 1} | length }} {{ 5 | string + 'x' }}
{{ messages | first is mapping }} {{ [] | first }}| {{ [] | last }}| {{ 'abc' | first }}{{ 'abc' | last }} {{ [1, 2] | last }} {{ {'a': 1, 'b': 2} | first }} {{ {'a': 1, 'b': 2} | last }} {{ 'abc' | reverse }} {{ [1, 2, 3] | reverse | join }} {{ 'abc' | list | length }} {{ {'a': 1, 'b': 2} | list | join }}
{{ {'b': 1, 'a': [2, {'c': none}]} | tojson }} {{ [] | tojson }} {{ {} | tojson }} {{ 'é<&>\'"\\/\n\t\b\f\r\x01\x1f\x7f\u2028😀' | tojson }} {{ 1.0 | tojson }} {{ true | tojson }} {{ (1, 2) | tojson }} {{ 1e100 | tojson }}
{{ {'b': 1, 'a': [2, [], {'c': none}, {}]} | tojson(indent=2) }} {{ [1, [2]] | tojson(indent=0) }} {{ [1] | tojson(ensure_ascii=false) }}
{{ nothing | tojson }}
{{ range(3) | tojson }}
{{ range(3) | join }} {{ range(1, 4) | join }} {{ range(5, 0, -2) | join }} {{ range(0) | length }} {{ range(3)[1] }} {{ range(3) | list | tojson }} {{ 2 in range(3) }} {{ range(-3) | join }}|
{{ range(1, 2, 0) }}
{{ range(200000) }}
{% for i in range(4) %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}
{% for i in range(6) if i is odd %}{{ i }}/{{ loop.length }} {% endfor %}{% for i in [] %}x{% else %}none{% endfor %}
{% for i in range(6) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% else %}else{% endfor %}
{% for a, b in [(1, 2), [3, 4], 'xy'] %}{{ a }}{{ b }} {% endfor %}{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }} {% endfor %}{% for k in {'a': 1} %}{{ k }}{% endfor %}{% for c in 'hé' %}[{{ c }}]{% endfor %}{% for k, v in {'x': 1} | items %}{{ k }}{{ v }}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}
{% for x in [1, 2] %}{% for y in [3, 4] %}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = i + 10 %}{{ x }}{% endfor %}{{ x }}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}{% if false %}{% set y = 2 %}{% endif %}{{ y is defined }}
{% for i in [1] %}{% if true %}{% set z = 5 %}{% endif %}{{ z }}{% endfor %}{{ z is defined }}
{% set ns = namespace(a=1, b='x') %}{% for i in range(3) %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c }}|{{ ns['a'] }}{% set n2 = namespace({'q': 7}) %}{{ n2.q }}
{% set x.a = 1 %}
{% set ns = namespace() %}{% set ns._a = 1 %}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set t = 1, 2 %}{{ t | length }}{% set (c, d) = [3, 4] %}{{ c }}{{ d }}{% set e = () %}{{ e | length }}
{% set a, b = [1] %}
{% set x %}abc{{ 1 }} {% endset %}[{{ x }}]{% set y | trim | upper %} q {% endset %}[{{ y }}]{{ x is string }}
{% macro f(a, b='d', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ f(1) }}{{ f(1, 2) }}{{ f(a=1, c=3) }}{{ f() }}{{ f(1) ~ 'x' }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, b=2) }}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}
{% set x = 1 %}{% macro f() %}{{ x }}{% endmacro %}{% set x = 2 %}{{ f() }}
{% set x = 1 %}{% macro f() %}{{ x }}{% endmacro %}{% for i in [1] %}{% set x = 5 %}{{ f() }}{{ x }}{% endfor %}{% macro h(x) %}{{ f() }}{% endmacro %}{{ h(7) }}
{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}late{% endmacro %}{{ f() }}
{% macro f() %}{% set x = 9 %}{{ x }}{% endmacro %}{% set x = 1 %}{{ f() }}{{ x }}
{% for i in [1, 2] %}{% macro f() %}{{ i }}{% endmacro %}{{ f() }}{% endfor %}
{{ 1 is string }}{{ 'a' is string }}{{ messages is iterable }}{{ messages[0] is mapping }}{{ 3 is odd }}{{ 4 is even }}{{ none is none }}{{ true is true }}{{ 1 is true }}{{ false is false }}{{ 1 is number }}{{ true is number }}{{ 'a' is number }}{{ 1 is integer }}{{ true is integer }}{{ 1.0 is float }}{{ true is boolean }}{{ messages is sequence }}{{ 'a' is sequence }}{{ 1 is sequence }}{{ none is iterable }}{{ {} is sequence }}
{{ 1 is eq 1 }}{{ 1 is equalto(2) }}{{ 1 is ne 2 }}{{ 1 is lt 2 }}{{ 1 is ge(2) }}{{ 1 is in [1, 2] }}{{ 'a' is not in 'abc' }}{{ 1 is not none }}{{ nothing is not defined }}{{ not 1 is none }}{{ 2 is gt 1 and 1 is le 1 }}
{{ 'a' is odd }}
{{ messages | map(attribute='role') | join(',') }} {{ ['a', ' b '] | map('trim') | map('upper') | join }} {{ messages | map(attribute='x', default='-') | join }} {{ [1, 2, 3, 4] | select('odd') | join }} {{ [1, 2, 3] | reject('equalto', 2) | join }} {{ [0, 1, '', 'a'] | select | join }} {{ messages | selectattr('role', 'in', ['user']) | list | length }} {{ messages | rejectattr('role', '==', 'user') | map(attribute='role') | list | length }} {{ messages | selectattr('nope') | list | length }} {{ messages | selectattr('role', 'defined') | list | length }}
{{ [1, 2] | map('nosuch') | list }}
{{ messages[0].get('role') }} {{ messages[0].get('x') }} {{ messages[0].get('x', 'd') }} {{ messages[0].keys() | join(',') }} {{ messages[0].values() | list | length }} {{ messages[0].items() | length }}
{{ {'items': 1}.items is mapping }} {{ {'items': 1}['items'] }} {{ {'get': 5}['get'] }}
{{ raise_exception('no ' ~ 1) }}
{% generation %}a{% set q = 1 %}{% endgeneration %}{{ q is defined }}
  {% if true %}
    a
  {% endif %}
b {# c #} d
  {# e #}
  f
a  {{- ' b ' -}}  c
a  {%- if true -%}  b  {%- endif -%}  c
  {%+ if true %}x{%+ endif %}
{% if true +%}
x{% endif -%}

 y
{{ '{%' }} {{ '}}' }} {{ {'a': {'b': 1}}.a.b }} { % } {{ "#}" }}
a {%- set x = 1 %}

b {{ x }}  {#- c -#}  d
{{ messages|length > 1 and messages[1].role == 'user' }}
{{ -1 | string }} {{ -(1) }} {{ (-2) | string | length }} {{ 1 - 1 }} {{ 2 * -3 }}
{{ 'a' if messages and messages[0] is defined else 'b' }} {{ (1, ) | length }} {{ () | length }} {{ {'a': 1, } | length }} {{ [1, ] | length }}
{{ 9223372036854775807 }} {{ -9223372036854775807 - 1 }} {{ 9223372036854775806 + 1 }} {{ 3037000499 * 3037000499 }}
{{ 'x'.join(messages | map(attribute='role')) }} {{ (messages | map(attribute='role') | first) }} {{ 'user' in (messages | map(attribute='role')) }}
{{ strftime_now('%Y-%m-%d %H:%M:%S %j %a %A %b %B %y %I %p %% é %F %T %D %R') }}
{{ bos_token }}{{ eos_token }} {{ tools }} {{ documents is none }} {{ add_generation_prompt }} {{ tools is none }}
{% for m in messages %}{% for n in messages[loop.index:] %}{{ n.role[0] }}{% endfor %};{% endfor %}
{%- if messages|selectattr('role', 'equalto', 'tool')|list|length > 0 %}tools{% else %}no tools{% endif %}
{% if %}
{% for %}
{% endif %}
{{ }}
{{ 1 2 }}
{{ 'open
{{ (1 }}
{% if true %}
{% nosuchtag %}
{{ 1 | nosuchfilter }}
{{ 1 is nosuchtest }}
{{ 1 + }}
{% set = 1 %}
{% set true = 1 %}
{% break %}
{{ f(a=1, 2) }}
{{ {1 2} }}
{# open
{{ $ }}
""".strip("\n")


def split_snippets():
    """One a line, but lines that belong together because a snippet spans several."""
    lines, out = SNIPPETS.split("\n"), []
    for several in ("  {% if true %}\n    a\n  {% endif %}\nb {# c #} d\n  {# e #}\n  f", "{% if true +%}\nx{% endif -%}\n\n y", "a {%- set x = 1 %}\n\nb {{ x }}  {#- c -#}  d"):
        assert several in SNIPPETS
        out += [several, several + "\n", several.replace("\n", "\r\n")]
    return lines + out


def expression(rng, depth):
    """An expression at random: most mean something, some fail."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["1", "0", "-3", "7", "2.5", "'a'", "'ab c'", "''", "' x\\n'", "'é中'", "none", "true", "false", "nothing", "messages", "messages[0]", "messages[-1].role", "messages[0]['content']",
                           "[1, 'b', none]", "[]", "{'k': 1, 'role': 'q'}", "(1, 2)", "range(3)", "m.role", "m.content", "loop.index0"])
    def e():
        return expression(rng, depth - 1)
    roll = rng.randrange(16)
    if roll < 4:
        return f"({e()} {rng.choice(['+', '-', '*', '//', '%', '/', '~', '~', '+'])} {e()})"
    if roll < 6:
        return f"({e()} {rng.choice(['==', '!=', '<', '>=', 'in', 'not in'])} {e()})"
    if roll < 8:
        return f"({e()} {rng.choice(['and', 'or'])} {e()})"
    if roll == 8:
        return f"(not {e()})"
    if roll == 9:
        return f"({e()} if {e()} else {e()})"
    if roll == 10:
        return f"({e()})[{rng.choice(['0', '-1', '1:', ':-1', '::-1', '1:3', '::2', repr('role'), repr('k')])}]"
    if roll == 11:
        return f"({e()}).{rng.choice(['role', 'content', 'strip()', 'split()', 'upper()', 'k', 'startswith(' + e() + ')', 'replace(' + e() + ', ' + e() + ')', 'get(' + e() + ')', 'split(' + e() + ')', 'items()'])}"
    if roll < 15:
        return f"({e()} | {rng.choice(['trim', 'length', 'string', 'list', 'first', 'last', 'join', 'join(' + e() + ')', 'default(' + e() + ')', 'd(' + e() + ', true)', 'tojson', 'upper', 'reverse', 'capitalize', 'title', 'map(attribute=' + repr('role') + ')', 'select', 'replace(' + e() + ', ' + e() + ')'])})"
    return f"({e()} is {rng.choice(['', 'not '])}{rng.choice(['defined', 'none', 'string', 'mapping', 'iterable', 'sequence', 'number', 'true', 'false', 'odd', 'in ' + e(), 'eq ' + e(), 'integer', 'boolean'])})"


def random_templates(rng, count):
    out = []
    while len(out) < count:
        a, b, c = (expression(rng, rng.randint(1, 3)) for _ in range(3))
        shape = rng.randrange(4)
        if shape == 0:
            out.append(f"{{{{ {a} }}}}")
        elif shape == 1:
            out.append(f"{{% for m in messages %}}{{{{ {a} }}}};{{% endfor %}}")
        elif shape == 2:
            out.append(f"{{% set x = {a} %}}{{% if {b} %}}{{{{ x ~ ({c} | string) }}}}{{% else %}}no {{{{ x | tojson }}}}{{% endif %}}")
        else:
            out.append(f"{{% set ns = namespace(v={a}) %}}{{% for m in messages if {b} %}}\n  {{%- set ns.v = {c} %}}\n{{% endfor %}}{{{{ ns.v | string }}}}|{{{{ ns.v is defined }}}}")
    return out
