export const name = import.meta.url.split('/').pop();
export default () => typeof require;
