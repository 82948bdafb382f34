import { launchChromium } from '/work/main/test/support/chromium.ts';
import { servePages } from '/work/main/test/support/pages-server.ts';
const s = await servePages('/work/main/dist/web', '/tmp/wm/media');
const now = Date.now();
const view = (extra={}) => ({ channel:'demo', title:'Saturday session from the river stage', state:'live', latency:'low', broadcast:'b_00000000000000000001', startedMs: now-720000, endedMs:null, interruptedUntilMs:null, hls:'/live/demo/master.m3u8', dash:'/live/demo/index.mpd', pop:'Frankfurt', nowMs: now, ...extra });
const set: Record<string, [number, unknown]> = {
 waiting:[200,view({state:'waiting',startedMs:null,broadcast:null})], starting:[200,view({state:'starting'})], interrupted:[200,view({state:'interrupted',interruptedUntilMs:now+54000})],
 ended:[200,view({state:'ended',endedMs:now-300000})], nf:[404,{code:'not_found'}], private:[403,{code:'forbidden'}], error:[0,{}], mediaerr:[200,view({hls:'/live/demo/none.m3u8'})], live:[200,view()],
 long:[200,view({title:'Averyveryverylongtitlewithoutanyspacesatallthatgoesonandonandonandonandonandon <b>x</b> and then a few words',state:'waiting'})] };
for (const [k,[st,b]] of Object.entries(set)) s.answer('/api/v1/watch/'+k, st, b);
s.answer('/api/v1/live', 200, {channels:[], pop:'Frankfurt', nowMs:now});
const b = await launchChromium();
const which = process.argv[2] ?? 'states';
const shot = async (name:string, path:string, w:number, h:number, scheme:'light'|'dark', theme:string|null, wait=700, touch=false) => {
  const c = await b.newContext({ viewport:{width:w,height:h}, colorScheme:scheme, hasTouch:touch, isMobile:touch });
  if (theme) await c.addInitScript((t) => localStorage.setItem('headwater.theme', t), theme);
  const p = await c.newPage(); p.on('pageerror', e=>console.log(name,'ERR',e.message));
  await p.goto(s.url+path); await p.waitForTimeout(wait);
  await p.screenshot({ path:`/tmp/wm/s-${name}.png` });
  const over = await p.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (over[0]!>over[1]!) console.log('OVERFLOW', name, over);
  await c.close();
};
if (which==='states') for (const k of Object.keys(set)) await shot('d-'+k, '/watch/'+k, 960, 700, 'dark', null, k==='error'?12000:k==='mediaerr'?6000:1500);
if (which==='light') { for (const k of ['waiting','live']) await shot('l-'+k, '/watch/'+k, 960, 700, 'light', 'light', 2500); await shot('l-home0','/',960,700,'light',null); await shot('d-home0','/',960,700,'dark',null);
 s.answer('/api/v1/live', 200, {pop:'F',nowMs:now,channels:[['demo','Saturday session from the river stage','live',720],['chess','Chess with <script>alert(1)</script>','live',1080],['north','','interrupted',null],['garden-cam','Garden cam: the hedgehog house and everything that happens around it after dark in late autumn','live',480],['five','Five','live',2160]].map(([channel,title,state,height],i)=>({channel,title,state,height,startedMs:now-60000*(7+i*61)}))});
 await shot('l-home','/',1440,900,'light',null); await shot('d-home','/',768,900,'dark',null); await shot('d-home-360','/',360,740,'dark',null,700,true); await shot('l-home-320','/',320,640,'light',null,700,true); }
if (which==='phone') { s.answer('/api/v1/live',200,{channels:[],pop:'F',nowMs:now}); await shot('p-home0','/',320,700,'dark',null,700,true); for (const k of Object.keys(set)) { await shot('p360-'+k,'/watch/'+k,360,740,'dark',null,k==='error'?12000:k==='mediaerr'?6000:2500,true); await shot('p320-'+k,'/watch/'+k,320,568,'light','light',k==='error'?12000:k==='mediaerr'?6000:1500,true);} for (const [w,h] of [[768,1024],[1440,900],[1920,1080],[740,360]] as const) for (const k of ['live','interrupted']) await shot(`w${w}-${k}`,'/watch/'+k,w,h,'dark',null,2500,w<800); }
await b.close(); await s.close();
