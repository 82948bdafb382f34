import { launchChromium } from '/work/main/test/support/chromium.ts';
import { servePages } from '/work/main/test/support/pages-server.ts';
const s = await servePages('/work/main/dist/web', '/tmp/wm/media');
s.answer('/api/v1/watch/demo', 200, { channel:'demo', title:'T', state:'live', latency:'low', broadcast:'b_00000000000000000001', startedMs: Date.now()-720000, endedMs:null, interruptedUntilMs:null, hls:'/live/demo/master.m3u8', dash:'/live/demo/index.mpd', pop:'F', nowMs: Date.now()});
for (const e of ['dash','dash','dash']) {
const b = await launchChromium();
const p = await b.newPage({ viewport: { width: 1280, height: 800 } });
p.on('console', (m) => console.log(e, m.text().slice(0,300)));
if (process.argv[2]) await p.addInitScript(() => { const d=Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype,'muted')!; Object.defineProperty(HTMLMediaElement.prototype,'muted',{...d,set(v){console.log('SET muted',v,(new Error().stack??'').split('\n').slice(2,5).join('|').slice(0,300)); d.set!.call(this,v);}}); });
if (process.argv[2]) await p.addInitScript(() => { const o = HTMLMediaElement.prototype.play; HTMLMediaElement.prototype.play = function () { const m=this.muted; const r = o.call(this); const st=(new Error().stack??'').split('\n').slice(2,4).join('|').slice(0,160); r.then(()=>console.log('play ok muted='+m+st), (x)=>console.log('play '+x.name+' muted='+m+st)); return r; }; });
await p.goto(`${s.url}/watch/demo?engine=${e}`); for (let i=0;i<3;i++){await p.waitForTimeout(400); console.log(e, await p.evaluate(()=>{const v=document.querySelector('video')!;return [v.muted,v.paused,v.currentTime,v.volume,document.getElementById('unmute')!.hidden].join()}));} await b.close(); }
await s.close();
