"""The style and the script of the HTML page: constants, so that the page's policy can name their hashes."""

STYLE = """
:root{color-scheme:light dark;--page:#f5f6f8;--card:#fff;--line:#dfe3e8;--soft:#eef1f4;--text:#1b2129;--dim:#5c6773;
--error:#b3261e;--error-soft:#fdecea;--warning:#8a5a00;--warning-soft:#fff3d6;--info:#1f5fa8;--info-soft:#e8f1fb;
--good:#1d6b3a;--good-soft:#e5f5ea;--gone:#ffe9e7;--come:#e3f6e8;--focus:#1f5fa8}
@media (prefers-color-scheme:dark){:root{--page:#101418;--card:#181d23;--line:#2c343d;--soft:#20272f;--text:#e4e9ee;
--dim:#97a3af;--error:#ff8a80;--error-soft:#3a1d1c;--warning:#f2bd5b;--warning-soft:#352a14;--info:#8ab8f0;
--info-soft:#1a2a3d;--good:#7fd39b;--good-soft:#17301f;--gone:#3b2322;--come:#1b3325;--focus:#8ab8f0}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 64px}
h1{font-size:26px;line-height:1.2;margin:0 0 6px}
h2{font-size:18px;margin:36px 0 12px;overflow-wrap:anywhere}
h3{font-size:13px;margin:16px 0 6px;color:var(--dim);font-weight:600}
p{margin:6px 0}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{overflow-wrap:anywhere}
bdi{unicode-bidi:isolate}
.dim{color:var(--dim)}.facts .dim,h2 .dim{font-size:13px;font-weight:400}h2 code{font-size:16px}
.head{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--good);border-radius:10px;
padding:20px 22px}
.head.breaking{border-left-color:var(--error)}.head.undecided{border-left-color:var(--warning)}
.breaking h1{color:var(--error)}.undecided h1{color:var(--warning)}.compatible h1{color:var(--good)}
.tiles{display:flex;flex-wrap:wrap;gap:10px;margin:16px 0 0;padding:0;list-style:none}
.tiles li{min-width:96px;padding:8px 14px;border-radius:8px;background:var(--soft)}
.tiles b{display:block;font-size:22px;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles span{font-size:13px;color:var(--dim)}
.tiles .error b{color:var(--error)}.tiles .warning b{color:var(--warning)}.tiles .info b{color:var(--info)}
.filter{display:none;position:sticky;top:0;z-index:2;flex-wrap:wrap;gap:8px;align-items:center;margin:18px 0 0;
padding:10px 0;background:var(--page);border-bottom:1px solid var(--line)}
.js .filter{display:flex}
.filter input[type=search],.filter select,.filter button{font:inherit;font-size:14px;color:inherit;
background:var(--card);
border:1px solid var(--line);border-radius:8px;padding:7px 10px;min-height:38px}
.filter input[type=search]{flex:1 1 220px;min-width:0}
.filter label{display:inline-flex;gap:6px;align-items:center;font-size:14px;padding:7px 10px;min-height:38px;
border:1px solid var(--line);border-radius:8px;background:var(--card);cursor:pointer}
.filter button{cursor:pointer}
.filter output{font-size:13px;color:var(--dim);margin-left:auto}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.finding,.migration{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:0 0 10px;
scroll-margin-top:72px}
.finding>summary,.migration>summary{display:grid;gap:2px 12px;
grid-template:"badge said mark" auto "badge where where" auto/auto 1fr auto;
align-items:baseline;
padding:12px 16px;cursor:pointer;list-style:none}
.finding>summary::-webkit-details-marker,.migration>summary::-webkit-details-marker{display:none}
.finding>summary:hover,.migration>summary:hover{background:var(--soft);border-radius:10px}
.finding[open]>summary,.migration[open]>summary{border-bottom:1px solid var(--line);border-radius:10px 10px 0 0}
.badge{font-size:12px;font-weight:700;padding:2px 8px;border-radius:6px;white-space:nowrap}
.badge.error{color:var(--error);background:var(--error-soft)}.badge.warning{color:var(--warning);
background:var(--warning-soft)}.badge.info{color:var(--info);background:var(--info-soft)}
.badge.good{color:var(--good);background:var(--good-soft)}.badge.plain{color:var(--dim);background:var(--soft)}
.badge{grid-area:badge}.said{grid-area:said;font-weight:600;overflow-wrap:anywhere;min-width:0}
.where{grid-area:where;font-size:13px;color:var(--dim);min-width:0;overflow-wrap:anywhere}
.mark{grid-area:mark;font-size:12px;color:var(--dim);white-space:nowrap}
.body{padding:4px 16px 16px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 14px;margin:10px 0 0}
.facts dt{color:var(--dim);font-size:13px;padding-top:1px}.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
.ops{margin:0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:4px 6px}
.ops li{background:var(--soft);border-radius:6px;padding:0 7px;max-width:100%}
.more>summary{cursor:pointer;color:var(--dim);font-size:13px;padding:4px 0}
pre{margin:6px 0 0;padding:10px 12px;background:var(--soft);border-radius:8px;overflow-x:auto;white-space:pre-wrap;
overflow-wrap:anywhere;tab-size:4}
.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:10px;margin-top:12px}
.sides.one{grid-template-columns:minmax(0,1fr)}
.side{border:1px solid var(--line);border-radius:8px;overflow:hidden}
.side>p{margin:0;padding:5px 10px;font-size:12px;color:var(--dim);background:var(--soft);
border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
.side ol{margin:0;padding:4px 0;list-style:none;overflow-x:auto}
.side li{display:flex;font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
white-space:pre;min-width:max-content;padding-right:10px;unicode-bidi:isolate}
.side li::before{content:attr(data-n);flex:0 0 46px;padding-right:10px;text-align:right;color:var(--dim);
border-left:3px solid transparent;user-select:none}
.base li.new,.base li.at{background:var(--gone)}.revision li.new,.revision li.at{background:var(--come)}
.base li.at::before{border-left-color:var(--error);font-weight:700;color:var(--error)}
.revision li.at::before{border-left-color:var(--good);font-weight:700;color:var(--good)}
.side.holder li.at,.side.holder li.new{background:var(--soft)}
.side.holder li.at::before{border-left-color:var(--dim);color:var(--text)}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
th:first-child,td:first-child{width:5em}a{color:var(--info)}
th{font-size:12px;color:var(--dim);font-weight:600}
.statement{border-top:1px solid var(--line);padding:10px 0}.statement:first-of-type{border-top:0}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin:6px 0 0;padding:0;list-style:none;font-size:13px}
.chips li{background:var(--soft);border-radius:6px;padding:1px 8px;overflow-wrap:anywhere}
.chips .bad{background:var(--error-soft);color:var(--error)}.chips .warn{background:var(--warning-soft);
color:var(--warning)}
.hidden{display:none!important}
footer{margin-top:40px;color:var(--dim);font-size:13px}
@media (max-width:720px){main{padding:14px 12px 48px}.head{padding:16px}h1{font-size:22px}
.sides{grid-template-columns:minmax(0,1fr)}
.finding>summary,.migration>summary{grid-template:"badge mark" auto "said said" auto "where where" auto/1fr auto;
padding:12px}.badge{justify-self:start}.said{margin-top:4px}
.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:8px}.body{padding:2px 12px 14px}
.filter{position:static}.tiles{gap:8px}.tiles li{flex:1 1 28%;min-width:80px}}
@media print{:root{color-scheme:light}body{background:#fff;font-size:11px}main{max-width:none;padding:0}
.filter,.js .filter{display:none}.finding,.migration,.head{break-inside:avoid;border-color:#bbb}
code,pre{font-size:10px}.dim,.facts dt,h3,.mark,.where{font-size:10px}h1{font-size:20px}
details::details-content{content-visibility:visible!important;height:auto!important}
.side ol{overflow:visible}.side li{white-space:pre-wrap;min-width:0;overflow-wrap:anywhere}}
"""

SCRIPT = """
(function(){
var root=document.documentElement,find=function(s){return Array.prototype.slice.call(document.querySelectorAll(s))};
root.classList.add('js');
var text=document.getElementById('text'),kind=document.getElementById('category'),
count=document.getElementById('count');
if(!text)return;
var levels=find('.filter input[name=severity]'),cards=find('.finding'),groups=find('.group');
function apply(){
var words=text.value.toLowerCase().split(/\\s+/).filter(Boolean),on={};
levels.forEach(function(box){on[box.value]=box.checked});
var shown=0;
cards.forEach(function(card){
var hay=card.dataset.text,ok=on[card.dataset.severity]!==false&&(!kind.value||kind.value===card.dataset.category)&&
words.every(function(word){return hay.indexOf(word)>=0});
card.classList.toggle('hidden',!ok);if(ok)shown++});
groups.forEach(function(group){var some=group.querySelector('.finding:not(.hidden)');
group.classList.toggle('hidden',!some&&group.querySelector('.finding')!==null)});
count.textContent=shown===cards.length?cards.length+' shown':shown+' of '+cards.length+' shown'}
text.addEventListener('input',apply);kind.addEventListener('change',apply);
levels.forEach(function(box){box.addEventListener('change',apply)});
var toggle=document.getElementById('toggle');
toggle.addEventListener('click',function(){var open=toggle.dataset.open!=='1';toggle.dataset.open=open?'1':'0';
toggle.textContent=open?'Close all':'Open all';
cards.forEach(function(card){if(!card.classList.contains('hidden'))card.open=open})});
var closed=[];
window.addEventListener('beforeprint',function(){closed=find('details:not([open])');
closed.forEach(function(each){each.open=true})});
window.addEventListener('afterprint',function(){closed.forEach(function(each){each.open=false})});
function aim(){var id=location.hash.slice(1),card=id&&document.getElementById(id);if(card)card.open=true}
window.addEventListener('hashchange',aim);aim();apply()
})();
"""
