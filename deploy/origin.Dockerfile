# An origin: RTMP in on 1935, signed HTTP out on 8080. Build from the top of the repository:
#   docker build -f deploy/origin.Dockerfile -t headwater-origin .
FROM node:24-bookworm-slim

RUN apt-get update \
 && apt-get install --no-install-recommends -y ffmpeg tini \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json ./
# Not "npm ci": it refuses a lock file that lacks some other platform's optional binary.
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY shared ./shared
COPY origin ./origin

ENV NODE_ENV=production \
    HEADWATER_DATA_DIR=/data \
    HEADWATER_HTTP_BIND=0.0.0.0
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 1935 8080

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The origin hands its broadcasts over to its next start on SIGTERM; that takes it eight seconds at most.
ENTRYPOINT ["tini", "--", "node", "origin/main.ts"]
