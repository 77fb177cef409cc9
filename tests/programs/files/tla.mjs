export const late = await new Promise((resolve) => setTimeout(resolve, 5, 'late'));
