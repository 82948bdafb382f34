import { launchChromium } from '/work/main/test/support/chromium.ts';
import { servePages } from '/work/main/test/support/pages-server.ts';
const engine = process.argv[2] ?? 'hls';
const s = await servePages('/work/main/dist/web', '/tmp/wm/media');
const view = (extra={}) => ({ channel:'demo', title:'Test card from the studio', state:'live', latency:'low', broadcast:'b_00000000000000000001', startedMs: Date.now()-720000, endedMs:null, interruptedUntilMs:null, hls:'/live/demo/master.m3u8', dash:'/live/demo/index.mpd', pop:'Frankfurt', nowMs: Date.now(), ...extra });
s.answer('/api/v1/watch/demo', 200, view());
s.answer('/api/v1/time', 200, 0);
const b = await launchChromium();
const p = await b.newPage({ viewport: { width: 1280, height: 800 } });
p.on('console', (m) => console.log('console', m.type(), m.text().slice(0,300)));
p.on('pageerror', (e) => console.log('pageerror', e.stack?.slice(0,600)));
const t0=Date.now();
await p.goto(`${s.url}/watch/demo${engine==='dash'?'?engine=dash':''}`);
const snap = () => p.evaluate(() => { const v=document.querySelector('video')!; return JSON.stringify({...(()=>{const h=(window as any).headwater; return {state:h.state,engine:h.engine,lat:h.latencySeconds,tgt:h.targetLatencySeconds,levels:h.levels,ch:h.currentHeight,stalls:h.stalls,errors:h.errors}})(), t:v.currentTime, paused:v.paused, muted:v.muted, rate:v.playbackRate, badge:document.getElementById('live-badge')!.textContent, q:document.getElementById('quality')!.textContent})});
try { await p.waitForFunction(() => (window as any).headwater?.state==='live', null, {timeout:15000}); } catch(e) { console.log('NOT LIVE'); }
console.log('live after', Date.now()-t0);
for (let i=0;i<4;i++){ await p.waitForTimeout(2000); console.log(await snap()); }
await p.screenshot({ path:`/tmp/wm/play-${engine}.png` });
await p.mouse.move(600,300);
await p.keyboard.press('s'); 
await p.click('#quality'); await p.waitForTimeout(300);
await p.screenshot({ path:`/tmp/wm/play-${engine}-menu.png` });
await p.click('text=360p'); 
for (let i=0;i<3;i++){ await p.waitForTimeout(2000); console.log(await snap()); }
console.log('PAUSE 8s'); await p.keyboard.press('k'); await p.waitForTimeout(8000); console.log(await snap());
await p.keyboard.press('k'); await p.waitForTimeout(2500); console.log(await snap());
await p.mouse.move(610,310); await p.screenshot({ path:`/tmp/wm/play-${engine}-behind.png` });
console.log('END'); await p.keyboard.press('End'); await p.waitForTimeout(3000); console.log(await snap());
console.log('LEFT'); await p.keyboard.press('j'); await p.waitForTimeout(2500); console.log(await snap());
await p.keyboard.press('m'); await p.waitForTimeout(500); console.log(await snap());
await b.close(); await s.close();
