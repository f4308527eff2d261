# The archive lies in the volume /archive:
#     docker build --tag cuttings .
#     docker run --rm --volume news:/archive --volume "$PWD/sources.toml:/sources.toml:ro" cuttings scrape /sources.toml
#     docker run --detach --volume news:/archive --publish 127.0.0.1:8001:8001 cuttings serve --host 0.0.0.0
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY scraper scraper
COPY archive archive
COPY seeds seeds
RUN python -m venv /opt/cuttings \
 && /opt/cuttings/bin/pip install --no-cache-dir --constraint constraints.txt '.[datasette,mcp,parquet]'
# Keeps the compiled patterns of the rules in the image, where nothing is written later: commands start 0.07 s sooner.
RUN /opt/cuttings/bin/cuttings demo --db /tmp/demo.db

FROM python:3.13-slim
COPY --from=build /opt/cuttings /opt/cuttings
ENV PATH=/opt/cuttings/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /archive cuttings \
 && install --directory --owner cuttings --group cuttings /archive
USER 10001:10001
WORKDIR /archive
VOLUME /archive
EXPOSE 8001
# Unhealthy while there is no archive, or while an alarm is open: the container's health log holds what `status` says.
HEALTHCHECK --interval=5m --timeout=30s --start-period=2m CMD ["cuttings", "status"]
ENTRYPOINT ["cuttings"]
CMD ["--help"]
